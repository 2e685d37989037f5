"""docker-compose.yml: its services are commands that run, with no default secrets and no data without a home."""

import base64
import json
import os
import re
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import yaml

from connectors.heartbeat import HEARTBEAT
from connectors.outgoing.tokens import CERTIFICATES as TOKEN
from connectors.outgoing.tokens import UPLOADS as UPLOADS_TOKEN
from register.servers.embedded import servers
from register.servers.java import KAFKA
from register.vault.keys import LOOKUP_KEY, VAULT_KEY

ADD, SUBMIT, CATCH_UP = ["sender", "add", "norrland"], ["submit", "-", "--sender", "norrland"], ["catch-up"]
# From the tax agency's published test numbers.
DOSE = """\
systemName;dateTimeCreated;uniqueReference;patientId;patientIdType;NPLId;vaccineName;vaccinationDate
S;2021-03-01T12:00:00;1;192103158750;0;;Comirnaty;2021-03-01
"""
COMPOSE: dict[str, Any] = yaml.safe_load(Path("docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("image") == "vaxreg"}


def test_every_command_of_the_file_runs_and_the_page_answers(data_folder: Path) -> None:
    port = free_port()
    with servers(data_folder) as addresses:
        keys = made_up_keys()
        given = {"DATABASE_URL": addresses.database_url, "KAFKA_BOOTSTRAP": addresses.kafka}
        environments = {
            name: os.environ | settings_of(service, keys) | given | {HEARTBEAT: str(data_folder / name)}
            for name, service in OURS.items()
        }
        running = {name: start(service["command"], port, environments[name]) for name, service in OURS.items()}
        try:
            assert page_answers(port)
            said = [do(command, environments["intake"], DOSE) for command in (ADD, SUBMIT, CATCH_UP)]
            assert json.loads(said[1])["outcome"] == "recorded"
            with urlopen(f"http://127.0.0.1:{port}/api/coverage", timeout=10) as answer:
                assert json.load(answer)["rows"][0]["persons"] == 1
            assert [name for name in ("intake", "relay", "projections") if not (data_folder / name).exists()] == []
            assert [name for name, service in running.items() if service.poll() is not None] == []
        finally:
            for service in running.values():
                service.terminate()
            ended = {service.wait(30) for service in running.values()}
    assert ended <= {0, 128 + signal.SIGTERM}


def test_every_service_is_looked_after_by_its_health() -> None:
    for name, service in OURS.items():
        told = " ".join(service["healthcheck"]["test"])
        assert "/health" in told if name == "web" else service["environment"][HEARTBEAT] in told


def test_secrets_have_no_default() -> None:
    for service in SERVICES.values():
        for name, value in service["environment"].items():
            if any(word in name for word in ("PASSWORD", "KEY", "TOKEN", "DATABASE_URL")):
                assert re.search(r"\$\{\w+:\?.+\}", value), f"{name} must be asked for"


def test_only_who_must_find_a_person_by_a_number_gets_the_keys() -> None:
    has_keys = {name for name, service in OURS.items() if {VAULT_KEY, LOOKUP_KEY} & service["environment"].keys()}
    assert has_keys == {"intake", "web"}


def test_the_web_is_told_its_tokens_and_looked_after_by_its_health() -> None:
    assert {TOKEN, UPLOADS_TOKEN} <= SERVICES["web"]["environment"].keys()
    assert "http://localhost:8000/health" in " ".join(SERVICES["web"]["healthcheck"]["test"])


def test_servers_keep_their_data_in_named_volumes_and_are_waited_for() -> None:
    for name in ("kafka", "postgres"):
        assert SERVICES[name]["volumes"][0].split(":")[0] in COMPOSE["volumes"]
        assert SERVICES[name]["healthcheck"]["test"]
    for service in OURS.values():
        assert service["depends_on"] == {name: {"condition": "service_healthy"} for name in ("kafka", "postgres")}


def test_kafka_is_the_version_that_is_embedded() -> None:
    assert SERVICES["kafka"]["image"].split(":")[1] == KAFKA.split(":")[2]


def made_up_keys() -> dict[str, str]:
    """Keys as somebody would make them."""
    return {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in (VAULT_KEY, LOOKUP_KEY)}


def settings_of(service: dict[str, Any], keys: dict[str, str]) -> dict[str, str]:
    """What a service is told, with these keys where it is told any."""
    return {name: keys.get(name, str(value)) for name, value in service["environment"].items()}


def start(command: str, port: int, env: dict[str, str]) -> subprocess.Popen[bytes]:
    words = shlex.split(command.replace("8000", str(port)))
    assert words[0] == "vaxreg"
    return subprocess.Popen([sys.executable, "-m", "connectors.cli", *words[1:]], env=env)


def do(command: list[str], env: dict[str, str], given: str) -> str:
    """What a command says that a person types beside the running services."""
    words = [sys.executable, "-m", "connectors.cli", *command]
    done = subprocess.run(words, env=env, input=given, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def page_answers(port: int, patience: float = 60) -> bool:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            with urlopen(f"http://127.0.0.1:{port}/", timeout=10) as page:
                return bool(page.status == 200)
        except (URLError, ConnectionError):
            time.sleep(0.2)
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
