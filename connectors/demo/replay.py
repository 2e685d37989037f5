"""Plays files into a register as if it were the days on which they were sent.

The register's clock stands at one day until everything of that day has been decided, then at the next. So what was
known on which day is in the demo's history, and not only what is known today.
"""

import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

import psycopg

from connectors.channel import Channel, Upload
from connectors.demo.rounds import BEGINNING, MAY_ALSO, SENDERS, File, heard_at
from connectors.incoming.rows import BrokenRow, Report
from connectors.sending import send
from register import senders
from register.intake import run_intake
from register.lag import intake_lag
from register.settings import Settings

Progress = Callable[[str, date, int], None]  # step, day that is played, reports decided since the last call

LOOKS_EVERY = 0.005  # seconds between looks whether a day has been decided


class IntakeStopped(Exception):
    """The demo's intake broke down; its cause says why."""


class SetClock:
    """A clock of the register that stands where it was set."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        """The instant it was set to."""
        return self.at


def replay(settings: Settings, files: Iterable[File], folder: Path, progress: Progress) -> None:
    """Send the files, each day after the one before. Nobody else may decide for this register meanwhile."""
    clock = SetClock(BEGINNING)
    settings = replace(settings, clock=clock)
    for name in SENDERS:
        senders.add(settings, name, may=MAY_ALSO.get(name, ()))
    folder.mkdir(exist_ok=True)
    with Intake(settings) as intake:
        for file in files:
            upload = Upload(secrets.token_hex(8), file.name)
            with (
                file.write(folder).open(encoding="utf-8", newline="") as lines,
                Channel(settings, file.sender, upload, wait=False) as channel,
            ):
                for day, reports in groupby(map(_whole, file.read(lines).rows), key=heard_at):
                    clock.at = day
                    _send_a_day(reports, channel, intake, partial(progress, file.step, day.date()))


def _send_a_day(reports: Iterable[Report], channel: Channel, intake: "Intake", progress: Callable[[int], None]) -> None:
    already = channel.taken
    for _ in send(reports, channel, lambda _: progress(intake.decided_since_last_look())):
        pass
    intake.expect(channel.taken - already)
    while intake.behind:
        progress(intake.decided_since_last_look())
        time.sleep(LOOKS_EVERY)


def _whole(row: Report | BrokenRow) -> Report:
    assert isinstance(row, Report), "the demo's own files have no broken rows"
    return row


class Intake:
    """The register's intake in a thread of this process, so that it can be given a clock that is set forward."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = Event()
        self._thread = Thread(target=self._run, name="intake")
        self._broke: BaseException | None = None

    def __enter__(self) -> Self:
        self._conn = psycopg.connect(self._settings.database_url, autocommit=True)
        self._thread.start()
        # What somebody sent before belongs to no day of the demo.
        while any(intake_lag(self._settings).values()):
            self._check()
            time.sleep(0.2)
        self._decided = self._expected = self._positions()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()
        self._conn.close()

    def expect(self, reports: int) -> None:
        """So many more reports lie in Kafka."""
        self._expected += reports

    @property
    def behind(self) -> bool:
        """Are there reports that have not been decided?"""
        return self._decided < self._expected

    def decided_since_last_look(self) -> int:
        """How many reports have been decided since this was last asked."""
        self._check()
        before, self._decided = self._decided, self._positions()
        return self._decided - before

    def _positions(self) -> int:
        row = self._conn.execute(
            "SELECT coalesce(sum(next_offset), 0)::bigint FROM register.intake_positions"
        ).fetchone()
        assert row is not None
        return int(row[0])

    def _run(self) -> None:
        try:
            run_intake(self._settings, self._stop)
        except BaseException as broke:
            self._broke = broke

    def _check(self) -> None:
        if not self._thread.is_alive():
            raise IntakeStopped("the demo's intake stopped") from self._broke
