"""Whose history holds each record of a system: as it was before a batch, and as the batch decides it."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from psycopg import Connection

from register.erasure.records import ERASED
from register.ids import stream, subject

Subject = tuple[int, int]  # a person's or a stock's tag, and the id


class Homes:
    """The home of each record that was asked for."""

    def __init__(self) -> None:
        self._before: dict[bytes, Subject] = {}
        self._now: dict[bytes, Subject] = {}

    def read(self, conn: Connection[Any], records: Iterable[bytes]) -> None:
        """Ask for more records; before anything is decided."""
        found = "SELECT record, stream FROM register.records WHERE record = ANY(%s)"
        if unread := [record for record in records if record not in self._before]:
            read = {record: subject(home) for record, home in conn.execute(found, (unread,), binary=True)}
            self._before |= read
            self._now |= read

    def get(self, record: bytes) -> Subject | None:
        """Whose history holds a record now; None: nobody's did yet."""
        return self._now.get(record)

    def put(self, record: bytes, home: Subject) -> None:
        """From here on, this history holds the record."""
        self._now[record] = home

    def every(self) -> set[Subject]:
        """Everybody whose history holds one of these records."""
        return set(self._now.values())

    def was_erased(self, record: bytes) -> bool:
        """Whether the record was about somebody who was erased: nobody knows whose it is any more."""
        return self._now.get(record) == subject(ERASED)

    def before(self) -> list[tuple[bytes, UUID]]:
        """Records that belonged to a history before this batch, and which one."""
        return [(record, stream(*home)) for record, home in self._before.items()]

    def new(self) -> list[tuple[bytes, UUID]]:
        """Records that were written in a history for the first time, and which one."""
        return [(record, stream(*home)) for record, home in self._now.items() if record not in self._before]

    def moved(self) -> list[tuple[bytes, UUID]]:
        """Records that belong to another history than before this batch."""
        moved = [record for record, home in self._before.items() if self._now[record] != home]
        return [(record, stream(*self._now[record])) for record in moved]
