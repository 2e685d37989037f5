"""`vaxreg ids classify`: a line for a line, in order, whatever stands in it, and never the number itself."""

import json
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from connectors.cli import main
from connectors.cli.ids import LONGEST_LINE

PERSONAL_ROOT = "1.2.752.129.2.1.3.1"
RIGHT = {"value": "19900101-2393", "root": PERSONAL_ROOT}
ANSWER = {
    "kind": "personal",
    "issuer": "Skatteverket",
    "valid": True,
    "birth_date": "1990-01-01",
    "birth_year": 1990,
    "sex": "M",
    "flags": [],
    "reasons": [],
}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day by which ten digits get their century."""
    monkeypatch.setenv("VAXREG_CLOCK", "2026-05-01")


def answers(*lines: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[Any]:
    """What the command says to lines that are bytes as they are, or objects as JSON."""
    said = b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(said)))
    with pytest.raises(SystemExit) as left:
        main(["ids", "classify"])
    out = capsys.readouterr()
    assert (left.value.code, out.err) == (0, "")
    return [json.loads(line) for line in out.out.splitlines()]


def test_every_line_is_answered_in_order(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (RIGHT, {"value": "991981000010", "root": "1.2.752.97.3.1.3"}, {"value": "9001012393"}, RIGHT)
    found = answers(*lines, monkeypatch=monkeypatch, capsys=capsys)
    assert found[0] == found[2] == found[3] == ANSWER
    assert list(found[0]) == list(ANSWER)
    assert (found[1]["kind"], found[1]["issuer"], found[1]["sex"]) == ("reserve", "Region Stockholm", "unknown")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "IDENTITY-LINE-MALFORMED"),
        (b"19900101-2393", "IDENTITY-LINE-MALFORMED"),
        (b'{"value": "19900101-2393"', "IDENTITY-LINE-MALFORMED"),
        (b'{"value": "\xff"}', "IDENTITY-LINE-MALFORMED"),
        (b"[" * 50_000, "IDENTITY-LINE-MALFORMED"),
        (b'["19900101-2393"]', "IDENTITY-LINE-MALFORMED"),
        ({"value": 199001012393}, "IDENTITY-LINE-MALFORMED"),
        ({"value": "19900101-2393", "root": 1.2}, "IDENTITY-LINE-MALFORMED"),
        ({"root": PERSONAL_ROOT}, "IDENTITY-MISSING"),
        ({"value": None}, "IDENTITY-MISSING"),
        ({"value": "", "root": PERSONAL_ROOT}, "IDENTITY-MISSING"),
        (b'{"value": "' + b"1" * 3 * LONGEST_LINE + b'"}', "ROW-TOO-LONG"),
        (b'{"value": "\\ud800", "root": "2.25.1"}', "IDENTITY-MALFORMED"),
    ],
    ids=lambda of: of if isinstance(of, str) else "",
)
def test_a_broken_line_costs_only_itself(
    line: object, reason: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, broken, last = answers(RIGHT, line, RIGHT, monkeypatch=monkeypatch, capsys=capsys)
    assert first == last == ANSWER
    assert (broken["kind"], broken["valid"], broken["reasons"]) == ("invalid", False, [reason])


def test_no_number_is_written(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = ["19900101-2393", "199001012394", "22950606FH20"]
    found = answers(*({"value": number} for number in numbers), monkeypatch=monkeypatch, capsys=capsys)
    for number in numbers:
        assert number[-4:] not in json.dumps(found)


def test_a_file_without_a_last_newline_is_read_to_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "numbers.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(RIGHT).encode() + b"\r\n" + json.dumps(RIGHT).encode())
    with pytest.raises(SystemExit):
        main(["ids", "classify", str(path)])
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [ANSWER, ANSWER]


def test_a_missing_file_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["ids", "classify", "/no/such/file.jsonl"])
    assert left.value.code == 1
    assert "no such file" in capsys.readouterr().err


def test_who_asks_one_number_at_a_time_is_answered_at_once() -> None:
    command = [sys.executable, "-m", "connectors.cli", "ids", "classify"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as asked:
        assert asked.stdin is not None
        assert asked.stdout is not None
        for _ in range(3):
            asked.stdin.write(json.dumps(RIGHT).encode() + b"\n")
            asked.stdin.flush()
            assert json.loads(asked.stdout.readline())["kind"] == "personal"
        asked.stdin.close()
        assert asked.wait() == 0
