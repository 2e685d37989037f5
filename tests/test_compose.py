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
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import yaml

from connectors.heartbeat import HEARTBEAT
from connectors.outgoing.tokens import AUDIENCE, ISSUER
from register.kafka_access.certificates import BROKER_NAME, CLIENT
from register.kafka_access.principals import ADMIN, OWN
from register.servers import secured
from register.servers.hosting import hosted
from register.servers.java import KAFKA
from register.servers.kafka import Kafka
from register.servers.postgres import Postgres
from register.vault.keys import LOOKUP_KEY, VAULT_KEY

ADD, SUBMIT, CATCH_UP = ["sender", "add", "norrland"], ["submit", "-", "--sender", "norrland"], ["catch-up"]
# From the tax agency's published test numbers.
DOSE = """\
systemName;dateTimeCreated;uniqueReference;patientId;patientIdType;NPLId;vaccineName;vaccinationDate
S;2021-03-01T12:00:00;1;192103158750;0;;Comirnaty;2021-03-01
"""
COMPOSE: dict[str, Any] = yaml.safe_load(Path("docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONCE = {"certificates", "prepare"}  # run to their end before the others begin
OURS = {
    name: service
    for name, service in SERVICES.items()
    if service.get("image") == "vaxreg" and name not in ONCE and "profiles" not in service
}
# Who each service is for Kafka.
USERS = {"intake": "intake", "relay": "relay", "projections": "project", "web": "desk", "admin": "admin"}
TLS = "/tls"


class ComposedKafka(Kafka):
    """The broker as the file sets it, with the folders and ports of this machine."""

    def __init__(self, folder: Path, tls: Path) -> None:
        super().__init__(folder)
        self._tls = tls
        self.ports: dict[int, int] = {}

    @property
    def listeners(self) -> tuple[str, ...]:
        told = SERVICES["kafka"]["environment"]["KAFKA_LISTENERS"].split(",")
        return tuple(each.partition("://")[0] for each in told)

    @property
    def access(self) -> Path:
        return self._tls / "broker"

    def settle(self) -> None:
        """Left to the service `prepare`."""

    def _told(self, ports: dict[str, int]) -> str:
        told = SERVICES["kafka"]["environment"]
        of_file = dict(re.findall(r"(\w+)://[^,]*?:(\d+)", told["KAFKA_LISTENERS"]))
        self.ports = {int(port): ports[name] for name, port in of_file.items()}
        settings = {as_property(name): str(value) for name, value in told.items()} | {"log.dirs": f"{self.folder}/data"}
        return "".join(f"{name}={self.here(value)}\n" for name, value in settings.items())

    def here(self, text: str) -> str:
        """What the file says, on this machine."""
        text = re.sub(
            r"[\w.${}:-]*?:(909\d)\b",
            lambda found: f"127.0.0.1:{self.ports[int(found[1])]}",
            text.replace("://", "://x"),
        ).replace("1@x", "1@")
        return text.replace(TLS, str(self._tls))


def as_property(variable: str) -> str:
    """The setting that Kafka's image makes of a variable (its KafkaDockerWrapper)."""
    name = variable.removeprefix("KAFKA_").lower()
    return name.replace("_", ".").replace("...", "-").replace("..", "_")


def test_every_command_of_the_file_runs_and_the_page_answers(data_folder: Path) -> None:
    port, secret = free_port(), made_up_secrets()
    tls = data_folder / "certificates"
    commands(SERVICES["certificates"]["command"], {"KAFKA_HOST": "127.0.0.1"}, tls)
    with hosted([broker := ComposedKafka(data_folder / "kafka", tls), Postgres(data_folder / "postgres")]) as addresses:
        given = {"KAFKA_BOOTSTRAP": addresses[0], "DATABASE_URL": addresses[1]}

        def environment(name: str) -> dict[str, str]:
            told = settings_of(SERVICES[name], secret) | given | {HEARTBEAT: str(data_folder / name)}
            return {**os.environ, **{key: value.replace(TLS, str(tls)) for key, value in told.items()}}

        commands(broker.here(SERVICES["prepare"]["command"]), environment("prepare"), tls)
        environments = {name: environment(name) for name in OURS}
        running = {name: start(service["command"], port, environments[name]) for name, service in OURS.items()}
        try:
            assert page_answers(port)
            added = do(ADD, environment("admin"))
            sender = environments["intake"] | {
                "VAXREG_KAFKA_USER": "sender.norrland",
                "VAXREG_KAFKA_PASSWORD": added.rpartition("password ")[2].strip(),
            }
            assert json.loads(do(SUBMIT, sender, DOSE))["outcome"] == "recorded"
            do(CATCH_UP, environment("admin"))
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
        for name, value in service.get("environment", {}).items():
            if any(word in name for word in ("PASSWORD", "_KEY", "TOKEN", "DATABASE_URL")) and "KEYSTORE" not in name:
                assert re.search(r"\$\{\w+:\?.+\}", value), f"{name} must be asked for"


def test_only_who_must_find_a_person_by_a_number_gets_the_keys() -> None:
    has_keys = {name for name, service in OURS.items() if {VAULT_KEY, LOOKUP_KEY} & service["environment"].keys()}
    assert has_keys == {"intake", "web"}


def test_the_web_is_told_whose_tokens_it_believes_and_looked_after_by_its_health() -> None:
    assert {ISSUER, AUDIENCE} <= SERVICES["web"]["environment"].keys()
    assert "http://localhost:8000/health" in " ".join(SERVICES["web"]["healthcheck"]["test"])


def test_servers_keep_their_data_in_named_volumes_and_are_waited_for() -> None:
    for name in ("kafka", "postgres"):
        assert SERVICES[name]["volumes"][0].split(":")[0] in COMPOSE["volumes"]
        assert SERVICES[name]["healthcheck"]["test"]
    servers = {name: {"condition": "service_healthy"} for name in ("kafka", "postgres")}
    for name in (*OURS, "admin"):
        ready = {"prepare": {"condition": "service_completed_successfully"}}
        assert SERVICES[name]["depends_on"] == servers | ready
    assert SERVICES["prepare"]["depends_on"] == servers
    assert SERVICES["kafka"]["depends_on"] == {"certificates": {"condition": "service_completed_successfully"}}


def test_every_service_is_a_user_of_its_own_over_tls() -> None:
    for name, user in USERS.items():
        told = SERVICES[name]["environment"]
        assert (told["VAXREG_KAFKA_SECURITY"], told["VAXREG_KAFKA_USER"]) == ("SASL_SSL", user)
        assert f"VAXREG_KAFKA_{user.upper()}_PASSWORD" in told["VAXREG_KAFKA_PASSWORD"]
    assert set(USERS.values()) == set(OWN)
    assert USERS.keys() == OURS.keys() | {"admin"}


def test_nothing_of_kafka_is_open_to_who_does_not_say_who_he_is() -> None:
    told = SERVICES["kafka"]["environment"]
    kinds = dict(each.split(":") for each in told["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(","))
    asks_for_certificate = {
        name for name in kinds if told.get(f"KAFKA_LISTENER_NAME_{name}_SSL_CLIENT_AUTH") == "required"
    }
    assert {name for name, kind in kinds.items() if kind == "SSL"} == asks_for_certificate
    assert {name for name, kind in kinds.items() if kind != "SSL"} == {"CLIENTS", "OUTSIDE"}
    assert {kinds["CLIENTS"], kinds["OUTSIDE"]} == {"SASL_SSL"}
    assert told["KAFKA_ALLOW_EVERYONE_IF_NO_ACL_FOUND"] == "false"
    # By their names the image would take them for others, and ask for Java's own kind of key files.
    assert not re.search(r"SSL://|SASL_\w*://", told["KAFKA_ADVERTISED_LISTENERS"])


def test_kafka_is_secured_in_the_file_as_it_is_embedded() -> None:
    told = {as_property(name): str(value) for name, value in SERVICES["kafka"]["environment"].items()}
    embedded = dict(line.split("=", 1) for line in secured.SETTINGS.splitlines())
    for name, value in embedded.items():
        if "{" not in value and name != "listener.security.protocol.map":
            assert told[name] == value, name
    assert told["super.users"] == embedded["super.users"].format(broker_name=BROKER_NAME, admin=ADMIN)


def test_the_authoritys_key_is_seen_by_nobody_and_the_brokers_by_who_must() -> None:
    seen: dict[str, set[str]] = {}
    for name, service in SERVICES.items():
        for volume in service.get("volumes", ()):
            seen.setdefault(volume.split(":")[0], set()).add(name)
    assert seen["kafka-authority"] == {"certificates"}
    assert seen["kafka-broker"] == {"certificates", "kafka", "prepare"}
    assert seen["kafka-public"] == {"certificates", "prepare", *OURS, "admin"}
    user = re.search(r"useradd .*--uid (\d+)", Path("Dockerfile").read_text())
    assert user is not None
    assert user[1] == "1000"  # as in Kafka's image
    health = SERVICES["kafka"]["healthcheck"]["test"]
    assert health[health.index("--command-config") + 1] == f"{TLS}/broker/{CLIENT}"


def test_kafka_is_the_version_that_is_embedded() -> None:
    assert SERVICES["kafka"]["image"].split(":")[1] == KAFKA.split(":")[2]


def made_up_secrets() -> dict[str, str]:
    """What the file asks for, as its head tells somebody to make it."""
    asked = set(re.findall(r"\$\{(\w+):\?", Path("docker-compose.yml").read_text()))
    keys = {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in (VAULT_KEY, LOOKUP_KEY)}
    return {name: secrets.token_hex(24) for name in asked} | keys


def settings_of(service: dict[str, Any], secret: Mapping[str, str]) -> dict[str, str]:
    """What a service is told, with these secrets."""
    told = {name: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value)) for name, value in service["environment"].items()}
    return {name: re.sub(r"\$\{(\w+):\?[^}]*\}", lambda found: secret[found[1]], value) for name, value in told.items()}


def commands(command: str, env: Mapping[str, str], tls: Path) -> None:
    """Run a service that ends."""
    told = re.sub(r"\$\{(\w+):-([^}]*)\}", lambda found: env.get(found[1], found[2]), command).replace(TLS, str(tls))
    words = shlex.split(told)
    assert words[0] == "vaxreg"
    do(words[1:], {**os.environ, **env})


def start(command: str, port: int, env: dict[str, str]) -> subprocess.Popen[bytes]:
    words = shlex.split(command.replace("8000", str(port)))
    assert words[0] == "vaxreg"
    return subprocess.Popen([sys.executable, "-m", "connectors.cli", *words[1:]], env=env)


def do(command: list[str], env: Mapping[str, str], given: str = "") -> str:
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
