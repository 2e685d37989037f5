"""The commands about accesses: the person is told who read, reviewers draw, everybody else is denied."""

import csv
import getpass
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from connectors.cli import main
from register.access import log, reading, reading_by, readings
from register.access.roles import table
from register.vault import configured_keys
from tests.access.conftest import DOCTOR, NOW
from tests.access.people import NUMBERS, Register, identity

Run = Callable[..., str]


@pytest.fixture
def run(
    register: Register, data_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """What a command of this test's register prints; `code` is how it ends, `number` stands on standard input."""
    monkeypatch.setenv("DATABASE_URL", register.database_url)
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "nobody-asks.example:9092")
    monkeypatch.setenv("VAXREG_DATA", str(data_folder))

    def run(*arguments: str, number: str = "", code: int = 0) -> str:
        monkeypatch.setattr("sys.stdin", StringIO(f"{number}\n"))
        with pytest.raises(SystemExit) as left:
            main(arguments)
        printed = capsys.readouterr()
        assert int(left.value.code or 0) == code, printed.err
        return printed.err if code else printed.out

    return run


def person(register: Register, folder: Path) -> int:
    """A person whom the vault of the commands knows by the first number."""
    return register.knows(NUMBERS[0], configured_keys({}, folder))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines(), delimiter=";"))


def test_the_person_is_told_who_read_and_also_of_this_question(register: Register, run: Run, data_folder: Path) -> None:
    person_id = person(register, data_folder)
    register.links(7, person_id)
    reading(register.conn, DOCTOR, "doses", 7, NOW)
    reading(register.conn, DOCTOR, "doses", 8, NOW)
    report = ("access", "report", "--role", "registrar", "--who", f"the person, {NUMBERS[0]}", "--format", "csv")
    told = rows(run(*report, number=NUMBERS[0]))
    user = getpass.getuser()
    assert [(row["who"], row["role"], row["purpose"], row["action"]) for row in told] == [
        ("dr-lind", "care-professional", "care", "doses"),
        (f"{user} for the person, {'*' * 12}", "registrar", "own-data", "access-report"),
    ]
    assert told[0]["at"] == str(NOW)
    assert len(rows(run(*report, number=NUMBERS[0]))) == 3


def test_a_report_on_somebody_nobody_knows_is_empty_and_written_down(register: Register, run: Run) -> None:
    assert rows(run("access", "report", "--role", "registrar", "--format", "csv", number=NUMBERS[0])) == []
    assert log.verify(register.conn).head.number == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("access", "report", "--role", "statistician"),
        ("access", "report", "--role", "registrar", "--purpose", "registration"),
        ("access", "report", "--role", ""),
        ("access", "sample", "3", "--role", "registrar"),
        ("access", "reviewed", "3", "--role", "registrar", "--finding", "fine"),
        ("access", "samples", "--role", "registrar"),
        ("access", "alarms", "--role", "reviewer"),
        ("eligible", "--on", "2021-07-01", "--role", "person"),
        ("eligible", "--on", "2021-07-01", "--role", "certificate-issuer", "--purpose", "care"),
    ],
    ids=" ".join,
)
def test_who_may_not_ask_is_denied_before_anything_is_read(
    register: Register, run: Run, arguments: tuple[str, ...]
) -> None:
    assert "-OF-ROLE (" in (said := run(*arguments, number=NUMBERS[0], code=1)) or "ROLE-UNKNOWN (" in said
    assert NUMBERS[0] not in said
    assert log.verify(register.conn).head.number == 0


def test_of_several_identities_none_is_answered(register: Register, run: Run) -> None:
    asked = ("eligible", "--on", "2021-07-01", "--role", "certificate-issuer")
    said = run(*asked, number="\n".join(NUMBERS), code=1)
    assert "several lines" in said
    assert not any(number in said for number in NUMBERS)
    assert log.verify(register.conn).head.number == 0
    assert run(*asked, number=f"\n{NUMBERS[0]}\n\n").startswith("no: PERSON-NOT-KNOWN")


@pytest.mark.parametrize("who", ["x" * 300, "a\nb", "a\x1b[2J"])
def test_what_cannot_be_a_name_is_refused(run: Run, who: str) -> None:
    assert "who must be" in run("access", "report", "--role", "registrar", "--who", who, number=NUMBERS[0], code=1)


def test_the_whole_table_of_roles_can_be_seen(run: Run) -> None:
    shown = rows(run("access", "roles", "--format", "csv"))
    assert [(row["role"], row["purpose"], row["action"]) for row in shown] == list(table())


def test_the_role_must_be_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--role" in run("eligible", "--on", "2021-07-01", number=NUMBERS[0], code=2)
    monkeypatch.setenv("VAXREG_ROLE", "certificate-issuer")
    assert run("eligible", "--on", "2021-07-01", number=NUMBERS[0]).startswith("no: PERSON-NOT-KNOWN")


def test_a_sample_is_drawn_reviewed_and_both_are_listed(register: Register, run: Run) -> None:
    readings(register.conn, DOCTOR, "doses", range(1, 31), NOW)
    role = ("--role", "reviewer")
    drawn = rows(run("access", "sample", "4", *role, "--seed", "s", "--format", "csv"))
    assert len({row["number"] for row in drawn}) == 4
    assert rows(run("access", "sample", "4", *role, "--seed", "s", "--format", "csv")) == drawn
    assert rows(run("access", "sample", "4", *role, "--of-role", "care-professional", "--format", "csv"))
    assert "no such accesses" in run("access", "sample", "4", *role, "--since", "2200-01-01", code=1)
    run("access", "reviewed", "31", *role, "--finding", "all in order", "--who", "rev-berg")
    assert "there is no sample 30" in run("access", "reviewed", "30", *role, "--finding", "x", code=1)
    listed = json.loads(run("access", "samples", *role, "--format", "json"))
    assert [(each["sample"], each["accesses"], each["finding"]) for each in listed] == [
        (31, 4, "all in order"),
        (32, 4, None),
        (33, 4, None),
    ]
    assert listed[0]["reviewed_by"].endswith("for rev-berg")
    run("access", "reviewed", "31", *role, "--finding", "one was not", "--who", "rev-ek")
    again = json.loads(run("access", "samples", *role, "--format", "json"))
    assert [(each["sample"], each["finding"]) for each in again[:2]] == [(31, "all in order"), (31, "one was not")]


def test_alarms_are_for_the_protection_officer(register: Register, run: Run) -> None:
    register.protects(17, "3")
    reading(register.conn, DOCTOR, "doses", 17, NOW)
    [alarm] = rows(run("access", "alarms", "--role", "protection-officer", "--format", "csv"))
    assert (alarm["who"], alarm["grade"], alarm["number"]) == ("dr-lind", "3", "1")
    assert (
        rows(run("access", "alarms", "--role", "protection-officer", "--since", "2100-01-01", "--format", "csv")) == []
    )


@pytest.mark.parametrize("written", ["SM", "sekretessmarkering", "confidentiality marking"])
def test_an_alarm_names_the_grade_by_its_code_however_it_was_written(
    register: Register, run: Run, written: str
) -> None:
    register.protects(17, written)
    reading(register.conn, DOCTOR, "doses", 17, NOW)
    [alarm] = rows(run("access", "alarms", "--role", "protection-officer", "--format", "csv"))
    assert alarm["grade"] == "confidentiality-marking"


def test_verify_prints_the_head_and_says_where_the_log_does_not_hold(register: Register, run: Run) -> None:
    readings(register.conn, DOCTOR, "doses", range(1, 6), NOW)
    head = run("access", "verify").strip()
    assert head == str(log.verify(register.conn).head)
    assert run("access", "verify", "--head", head, "--head", head).strip() == head
    register.conn.execute("ALTER TABLE register.accesses DISABLE TRIGGER only_added_to")
    register.conn.execute("DELETE FROM register.accesses WHERE number = 5")
    run("access", "verify")
    assert "access 5: the log ends at 4" in run("access", "verify", "--head", head, code=1)
    register.conn.execute("UPDATE register.accesses SET fact = '' WHERE number = 2")
    assert "access 2: changed" in run("access", "verify", code=1)


def test_a_number_never_stands_in_what_is_kept(register: Register, run: Run, data_folder: Path) -> None:
    person(register, data_folder)
    keys = configured_keys({}, data_folder)
    reading_by(register.conn, keys, DOCTOR, "doses", identity(NUMBERS[0]), at=NOW)
    run("access", "sample", "1", "--role", "reviewer", "--seed", NUMBERS[0])
    run("access", "reviewed", "2", "--role", "reviewer", "--finding", f"about {NUMBERS[0][2:]}: fine")
    kept = b"".join(fact for (fact,) in register.conn.execute("SELECT fact FROM register.accesses"))
    assert NUMBERS[0][2:].encode() not in kept
