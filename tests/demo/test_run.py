"""The demo from end to end: made-up people through real servers, and out come the published figures."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.demo.folder import FolderInUse, demo_folder, empty
from connectors.demo.people import people
from connectors.demo.rounds import BEGINNING, DELIVERIES, DOSES, PEOPLE, RESERVE_NUMBERS, File, files, heard_at, steps
from connectors.incoming.rows import Report
from connectors.up import NOTE
from register.servers import running
from register.servers.process import this_process
from register.servers.running import Running

SMALLEST = "09"  # Gotland: 13 098 people, 18 413 doses
PROGRAM = f"import sys; from connectors.demo.run import run; sys.exit(run(['{SMALLEST}'], stay=False))"


def sent(file: File) -> list[Report]:
    """The reports that a file becomes."""
    rows = list(file.read(file.rows.write_csv(separator=";").splitlines()).rows)
    assert all(isinstance(row, Report) for row in rows)
    return [row for row in rows if isinstance(row, Report)]


def test_the_smallest_region_comes_out_of_the_register_as_it_was_published(data_folder: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "KAFKA_BOOTSTRAP")}
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=kept | {"VAXREG_DATA": str(data_folder), "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert re.search(r"^together +82 +82 +0 +0 *$", told.stdout, re.MULTILINE), told.stdout
    assert "31 516 reports (31 516 recorded) gave 44 614 facts" in told.stdout
    assert "known on each of 107 days" in told.stdout
    assert "Gotland: 26.7 % of those from 18" in told.stdout


def test_the_register_hears_of_everything_in_the_order_of_the_days() -> None:
    played = people(["25"])
    counts: dict[str, int] = {}
    last = BEGINNING
    first_of: dict[str, datetime] = {}
    for file in files(played):
        reports = sent(file)
        days = [heard_at(report) for report in reports]
        assert days == sorted(days)
        assert days[0] >= last
        assert all(heard_at(report) >= report.fields["reported_at"] for report in reports)
        last = days[-1]
        first_of.setdefault(file.step, days[0])
        counts[file.step] = counts.get(file.step, 0) + len(reports)
    assert counts == steps(played)
    assert list(first_of) == [PEOPLE, RESERVE_NUMBERS, DOSES, DELIVERIES]
    assert last == datetime(2021, 4, 14, 18, tzinfo=UTC)


def test_what_an_earlier_demo_left_is_removed(data_folder: Path) -> None:
    (data_folder / "postgres" / "data").mkdir(parents=True)
    (data_folder / "vault.keys").touch()
    (data_folder / NOTE).touch()
    empty(data_folder)
    assert [each.name for each in data_folder.iterdir()] == [NOTE]


def test_nothing_is_removed_under_a_program_that_uses_the_demo_s_servers(data_folder: Path) -> None:
    (data_folder / "kafka").mkdir()
    running.write(data_folder / "kafka", Running("127.0.0.1:1", this_process(), this_process(), this_process()))
    with pytest.raises(FolderInUse):
        empty(data_folder)
    assert (data_folder / "kafka" / "running.json").exists()


def test_every_demo_has_a_folder_of_its_own(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAXREG_DATA", str(data_folder))
    assert [demo_folder(regions).name for regions in (["24"], None, ["09"])] == ["demo", "demo-all", "demo-09"]
