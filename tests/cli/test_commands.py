"""The command line: help with an example everywhere, `-` as standard input, a clear word and non-zero on failure."""

import json
import re
from collections.abc import Iterator
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from connectors.cli import main
from connectors.cli.app import app
from connectors.cli.readiness import make_ready
from register import vault
from register.clock import clock_from
from register.intake import run_intake
from register.relay import run_relay
from register.settings import Settings
from register.store import create_tables
from register.vault import Keys, configured_keys

HEADER = "systemName;dateTimeCreated;uniqueReference;patientId;patientIdType;NPLId;vaccinationDate;vaccineName"
RIGHT = "SYS;2021-03-01T09:30:00;{};19900101-2393;0;;2021-02-28;Comirnaty"
DELIVERY = "systemName;dateTimeCreated;uniqueReference;event;date;region;product;doses"


@pytest.fixture
def empty_register(kafka_address: str, fresh_database: str, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands of this test speak to a register of its own, with nobody at work in it."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP", kafka_address)
    monkeypatch.setenv("DATABASE_URL", fresh_database)
    monkeypatch.setenv("VAXREG_DATA", str(data_folder))
    monkeypatch.setenv("VAXREG_CLOCK", "2021-03-02")


def run(*arguments: str) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as left:
        main(arguments)
    return int(left.value.code or 0)


def names(group: Any = None, before: tuple[str, ...] = ()) -> list[list[str]]:
    """Every command, as words."""
    commands = (group or get_command(app)).commands
    found: list[list[str]] = []
    for name, command in commands.items():
        words = (*before, name)
        found += names(command, words) if hasattr(command, "commands") else [list(words)]
    return found


@pytest.mark.parametrize("command", names(), ids=" ".join)
def test_every_command_has_help_with_an_example(command: list[str]) -> None:
    told = CliRunner().invoke(app, [*command, "--help"])
    assert told.exit_code == 0
    assert re.search(rf"Example: .*vaxreg {' '.join(command)}\b", " ".join(told.output.split()))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("submit", "/no/such/file.csv"), "no such file"),
        (("submit", "/"), "cannot read"),
        (("coverage", "--level", "street"), "--level must be one of nation"),
        (("coverage", "--ages", "young"), "age band"),
        (("coverage", "--given-to", "Monday"), "--given-to must be a day"),
        (("eligible", "--on", "2021-07-01", "--role", "neighbour"), "ROLE-UNKNOWN"),
        (("eligible", "--on", "2021-07-01", "--role", "statistician"), "QUESTION-NOT-OF-ROLE"),
        (("access", "verify", "--head", "17"), "--head must be as verify prints it"),
    ],
)
def test_a_command_that_cannot_be_done_says_why(
    arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 1
    assert told in capsys.readouterr().err


def test_a_file_without_the_needed_columns_fails_before_any_server_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text("systemName;patientId\n")
    assert run("submit", str(path)) == 1
    assert "lacks dateTimeCreated, uniqueReference" in capsys.readouterr().err


@pytest.mark.usefixtures("empty_register")
def test_what_a_sender_was_let_report_is_taken_away_by_a_command(
    unique_name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("sender", "add", unique_name, "--may", "population", "--may", "identity-link") == 0
    assert run("sender", "may-not", unique_name, "population") == 0
    assert run("sender", "list", "--format", "json") == 0
    *_, listed = capsys.readouterr().out.partition("[")
    [may] = [one["may"] for one in json.loads("[" + listed) if one["sender"] == unique_name]
    assert may == ["identity-link"]


@pytest.mark.usefixtures("empty_register")
def test_a_sender_whom_nobody_added_is_told_how(
    unique_name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("submit", str(_file(tmp_path, HEADER)), "--sender", unique_name) == 1
    assert f"vaxreg sender add {unique_name}" in capsys.readouterr().err


@pytest.mark.usefixtures("empty_register")
def test_without_an_intake_the_user_is_told_and_need_not_wait(
    unique_name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("sender", "add", unique_name) == 0
    path = _file(tmp_path, HEADER, RIGHT.format("a"))
    assert run("submit", str(path), "--sender", unique_name, "--timeout", "5.5") == 1
    told = capsys.readouterr().err
    assert "no receipt for 5 s" in told
    assert "row 1 to 1" in told.replace("rows", "row")
    assert run("submit", str(path), "--sender", unique_name, "--no-wait") == 0


@pytest.mark.usefixtures("empty_register", "at_work")
def test_every_row_is_answered_in_order_and_sent_again_changes_nothing(
    unique_name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("sender", "add", unique_name) == 0
    # The broker is shared, and what other tests have sent is decided here as well: hence names of its own.
    named = RIGHT.replace("SYS", f"system of {unique_name}")
    right, wrong = named.format("a"), named.format("b").replace("-2393", "-2395")
    rows = [right, "one cell", wrong, right]
    path = _file(tmp_path, HEADER, *rows)
    capsys.readouterr()

    assert run("submit", str(path), "--sender", unique_name, "--timeout", "120") == 1
    out = capsys.readouterr()
    answers = [json.loads(line) for line in out.out.splitlines()]
    assert [(answer["row"], answer["outcome"]) for answer in answers] == [
        (1, "recorded"),
        (2, "refused"),
        (3, "refused"),
        (4, "already-known"),
    ]
    assert answers[1]["codes"] == ["ROW-CELLS"]
    assert all(answer["receipt"].startswith(unique_name) for answer in answers)
    assert answers[2]["codes"] == ["IDENTITY-CHECK-DIGIT"]
    assert answers[0]["dose"] == answers[3]["dose"]
    assert "19900101" not in out.out + out.err

    assert run("submit", str(_file(tmp_path, HEADER, rows[0])), "--sender", unique_name, "--timeout", "120") == 0
    assert json.loads(capsys.readouterr().out)["outcome"] == "already-known"


@pytest.mark.usefixtures("empty_register")
def test_deliveries_from_standard_input_come_out_of_supply_and_their_file_out_of_uploads(
    unique_name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = f"stock of {unique_name};2021-03-01T12:00:00;r1;received;2021-03-01;24;Comirnaty;975"
    text = f"{DELIVERY}\n{row}\nnot a row\n"
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(text.encode())))
    assert run("sender", "add", unique_name) == 0
    assert run("deliveries", "-", "--sender", unique_name, "--no-wait") == 1  # the last row is no report
    assert run("catch-up") == 0
    capsys.readouterr()

    assert run("supply", "--region", "24", "--format", "csv") == 0
    assert "24;Comirnaty;202109;received;975" in capsys.readouterr().out
    assert run("uploads", "--sender", unique_name, "--format", "json") == 0
    [upload] = json.loads(capsys.readouterr().out)
    assert run("uploads", upload["upload"], "--format", "csv") == 0
    assert "2;refused;ROW-CELLS;" in (told := capsys.readouterr().out)
    assert "as many cells as the header" in told
    assert run("uploads", "nobodys") == 1
    assert "there is no upload nobodys" in capsys.readouterr().err
    assert (upload["name"], upload["recorded"], upload["refused"]) == ("(standard input)", 1, 1)
    assert run("status", "--format", "json") == 0
    lines = json.loads(capsys.readouterr().out)
    assert {"what": "reports to decide", "of": unique_name, "count": 0} in lines
    assert {"what": "facts that could not be counted", "of": "", "count": 0} in lines


@pytest.mark.usefixtures("empty_register")
@pytest.mark.parametrize("line", ["19900101-2393", "2.25.4711 R-0017", "2.25.4711;R-0017"])
def test_one_identity_on_standard_input_is_answered_yes_or_no_and_why(
    line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, fresh_database: str
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(f"{line}\n"))
    assert run("eligible", "--on", "2021-07-01", "--role", "certificate-issuer") == 0
    assert capsys.readouterr().out.startswith("no: PERSON-NOT-KNOWN (")
    with psycopg.connect(fresh_database) as conn:
        accesses = conn.execute("SELECT role, persons FROM register.accesses").fetchall()
    assert accesses == [("certificate-issuer", [])]


@pytest.mark.usefixtures("empty_register")
def test_with_other_keys_than_the_vaults_nobody_is_told_no(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, fresh_database: str
) -> None:
    create_tables(fresh_database)
    with psycopg.connect(fresh_database) as conn:
        vault.check_keys(conn, Keys(b"v" * 32, b"l" * 32))
    monkeypatch.setattr("sys.stdin", StringIO("19900101-2393\n"))
    assert run("eligible", "--on", "2021-07-01", "--role", "certificate-issuer") == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "other keys" in said.err


@pytest.mark.usefixtures("empty_register")
def test_population_figures_are_replaced_by_fewer_only_if_that_is_meant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header, rows = "vintage;municipality;birthYear;sex;count", ["2020;2480;;;10", "2020;2482;;;20"]
    assert run("population", str(_file(tmp_path, header, *rows))) == 0
    fewer = str(_file(tmp_path, header, rows[0]))
    assert run("population", fewer) == 1
    assert "such as 2482 in 2020-12-31; with --replace they go" in capsys.readouterr().err
    assert run("population", fewer, "--replace") == 0


@pytest.fixture
def at_work(kafka_address: str, fresh_database: str, data_folder: Path) -> Iterator[None]:
    """Somebody decides the reports and publishes the receipts."""
    keys = configured_keys({}, data_folder)
    settings = Settings(fresh_database, (kafka_address,), keys, clock_from({"VAXREG_CLOCK": "2021-03-02"}))
    make_ready(settings)
    stop = Event()
    workers = [Thread(target=each, args=(settings, stop)) for each in (run_intake, run_relay)]
    for worker in workers:
        worker.start()
    yield
    stop.set()
    for worker in workers:
        worker.join()


def _file(folder: Path, *lines: str) -> Path:
    path = folder / "file.csv"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path
