"""The commands of privacy as a person types them: who may, what is said, exit codes, and a kill in the middle."""

import base64
import os
import pty
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest

from connectors.cli import main
from connectors.privacy import erasing
from register import vault
from register.access import log
from register.settings import Settings
from register.vault import Keys
from register.vault.keys import LOOKUP_KEY, VAULT_KEY
from tests.privacy.conftest import NOW, Register, identity
from tests.privacy.test_erase import three_who_are_one
from tests.write_side.builders import a_dose_report, a_person_number

Conn = psycopg.Connection[Any]
ROOT = Path(__file__).parents[2]
VAULT, LOOKUP = b"v" * 32, b"l" * 32
ERASE = ("privacy", "erase", "--order", "IMY 2021-17", "--role", "register-administrator")


@pytest.fixture
def settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The same register, with keys that a command finds in its environment."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP", settings.kafka_bootstrap[0])
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("VAXREG_CLOCK", NOW.isoformat())
    monkeypatch.setenv("VAXREG_PARTITIONS", "2")
    monkeypatch.setenv(VAULT_KEY, base64.b64encode(VAULT).decode())
    monkeypatch.setenv(LOOKUP_KEY, base64.b64encode(LOOKUP).decode())
    monkeypatch.delenv("VAXREG_DATA", raising=False)
    return Settings(settings.database_url, settings.kafka_bootstrap, Keys(VAULT, LOOKUP), settings.clock, partitions=2)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command about the person with a running number; the exit code, and all that it said."""

    def run(number: int, *command: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", StringIO(f"{a_person_number(number)}\n"))
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(command)
        told = capsys.readouterr()
        assert a_person_number(number)[2:] not in told.out + told.err
        return int(left.value.code or 0), told.out + told.err

    return run


def is_known(conn: Conn, settings: Settings, number: int) -> bool:
    with conn.transaction():
        return vault.person_of(conn, settings.keys, identity(number)) is not None


def test_the_administrator_erases_and_it_is_written_down(register: Register, conn: Conn, asked: Any) -> None:
    register.told("north", *three_who_are_one())
    register.does_all()
    old = vault.person_of(conn, register.settings.keys, identity(2))
    assert old is not None
    code, told = asked(2, *ERASE, "--yes")
    assert code == 0
    assert "erased: one person's 3 identities" in told
    assert "reports on Kafka: 6 deleted" in told
    assert [access.action for access in log.accesses_of(conn, old)] == ["erase"]
    code, told = asked(2, "eligible", "--on", "2021-06-01", "--role", "certificate-issuer")
    assert told.startswith("no: PERSON-NOT-KNOWN")
    code, told = asked(2, *ERASE, "--yes")
    assert (code, "nobody was erased" in told) == (1, True)


def test_nothing_of_somebody_nobody_knows_is_deleted_without_being_asked(
    register: Register, conn: Conn, asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.told("north", b"unreadable, about " + a_person_number(5).encode())
    register.decide(NOW.date())
    monkeypatch.setattr(erasing, "TERMINAL", "/no/such/terminal")
    code, told = asked(5, *ERASE)
    assert (code, "add --yes" in told) == (1, True)
    assert conn.execute("SELECT count(sealed) FROM register.quarantine").fetchone() == (1,)
    code, told = asked(5, *ERASE, "--yes")
    assert (code, "nobody was erased" in told, "1 blanked" in told) == (1, True, True)


@pytest.mark.parametrize("role", ["statistician", "care-professional", "registrar", "neighbour"])
def test_nobody_else_may(register: Register, conn: Conn, asked: Any, role: str) -> None:
    register.told("north", a_dose_report(1))
    register.decide(NOW.date())
    code, _ = asked(1, "privacy", "erase", "--order", "X 1", "--role", role, "--yes")
    assert code == 1
    assert is_known(conn, register.settings, 1)
    assert conn.execute("SELECT count(*) FROM register.accesses").fetchone() == (0,)


def test_who_is_not_sure_is_asked_on_the_terminal(
    register: Register, conn: Conn, asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.told("north", a_dose_report(1))
    register.decide(NOW.date())
    monkeypatch.setattr(erasing, "TERMINAL", "/no/such/terminal")
    code, told = asked(1, *ERASE)
    assert (code, "add --yes" in told) == (1, True)
    for answer, left in ((b"no\n", True), (b"\n", True), (b"yes\n", False)):
        ours, theirs = pty.openpty()
        try:
            monkeypatch.setattr(erasing, "TERMINAL", os.ttyname(theirs))
            os.write(ours, answer)
            code, told = asked(1, *ERASE)
        finally:
            os.close(ours)
            os.close(theirs)
        assert (code == 1) is left
        assert is_known(conn, register.settings, 1) is left


@pytest.mark.parametrize("order", ["", "   ", "x" * 201, "two\nlines"])
def test_an_order_must_be_named(register: Register, conn: Conn, asked: Any, order: str) -> None:
    register.told("north", a_dose_report(1))
    register.decide(NOW.date())
    code, told = asked(1, "privacy", "erase", "--order", order, "--role", "register-administrator", "--yes")
    assert (code, "--order" in told) == (1, True)
    assert is_known(conn, register.settings, 1)


def test_reports_not_decided_yet_end_in_exit_code_1_and_reapply_finishes(register: Register, asked: Any) -> None:
    register.told("north", a_dose_report(1))
    register.decide(NOW.date())
    register.told("north", a_dose_report(2, identity_value=a_person_number(1), nullified=True))
    code, told = asked(1, *ERASE, "--yes")
    assert (code, "1 reports" in told, "run this command again" in told) == (1, True, True)
    register.decide(NOW.date())
    code, told = asked(1, "privacy", "reapply")
    assert (code, "1 deleted" in told) == (0, True)


def test_the_log_on_kafka_knows_who_was_erased_where_the_event_store_was_restored(
    register: Register, conn: Conn, asked: Any
) -> None:
    register.told("north", *three_who_are_one(), a_dose_report(50))
    register.decide(NOW.date())
    register.publish()
    for table in ("vault.persons", "vault.identities", "register.records"):
        conn.execute(f"CREATE TABLE public.{table.partition('.')[2]} AS SELECT * FROM {table}")
    assert asked(1, *ERASE, "--yes")[0] == 0
    register.publish()
    # The whole database from before, without the facts.
    conn.execute("DELETE FROM register.stored_events WHERE topic = 'PersonErased.v1'")
    conn.execute("TRUNCATE vault.persons, vault.identities, vault.births, vault.texts, register.records")
    for table in ("vault.persons", "vault.identities", "register.records"):
        conn.execute(f"INSERT INTO {table} SELECT * FROM public.{table.partition('.')[2]}")
    assert "erased again: 0" in asked(1, "privacy", "reapply")[1]
    assert "erased again: 3" in asked(1, "privacy", "reapply", "--from-log")[1]
    assert [is_known(conn, register.settings, n) for n in (1, 2, 3, 50)] == [False, False, False, True]


def test_the_scan_says_by_its_exit_code_whether_anything_was_found(register: Register, conn: Conn, asked: Any) -> None:
    register.told("north", a_dose_report(1))
    register.does_all()
    code, told = asked(1, "privacy", "scan")
    assert (code, "no identity number was found" in told) == (0, True)
    conn.execute("CREATE TABLE public.left_over (held text)")
    conn.execute("INSERT INTO public.left_over VALUES (%s)", (a_person_number(1),))
    code, told = asked(1, "privacy", "scan", "--known", "--format", "csv")
    assert (code, "table public.left_over;ctid (0,1);column held" in told) == (1, True)


def test_killed_at_any_moment_a_second_run_finishes(register: Register, conn: Conn) -> None:
    said = [
        a_dose_report(100 + n, identity_value=a_person_number(1), given_on=f"2021-0{n % 5 + 1}-01") for n in range(9)
    ]
    register.told("north", *three_who_are_one(), *said)
    register.decide(NOW.date())
    command = [sys.executable, "-m", "connectors.cli", *ERASE, "--yes"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = 0
    # A run takes some seconds, most of them to start; each is killed a little later than the one before.
    for after in (0.6, 1.0, 1.3, 1.6, 2.0, 2.5, 3.5, 60):
        process = subprocess.Popen(
            command, env=env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        assert process.stdin is not None
        process.stdin.write(f"{a_person_number(2)}\n".encode())
        process.stdin.close()
        end = time.monotonic() + after
        while process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        if process.wait() == 0:
            break
    assert killed >= 1
    # One killed when all was done leaves nobody to erase to the next, which says so by exit code 1.
    assert process.returncode in (0, 1)
    assert not any(is_known(conn, register.settings, n) for n in (1, 2, 3))
    rows = conn.execute(
        "SELECT count(*), count(DISTINCT originator_id) FROM register.stored_events WHERE topic = 'PersonErased.v1'"
    )
    assert rows.fetchone() == (3, 3)
    assert conn.execute("SELECT count(*) FROM vault.lingering").fetchone() == (0,)
