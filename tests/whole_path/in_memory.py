"""The register without servers: its own decisions on tables that are dictionaries, its own fold on frames."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import polars as pl

from projections.coverage.changes import changes, summed
from projections.coverage.counting import counting
from projections.people.facts import READS, facts
from projections.people.fold import Written, fold
from projections.people.rows import COUNTED_DOSES, NO_ROWS, Rows
from register import batch, reports
from register.vault import Keys
from schemas import decode, schema
from tests.coverage.histories import Fact
from tests.coverage.histories import batch as columns
from tests.whole_path.worlds import Report

KEYS = Keys(b"v" * 32, b"l" * 32)


class _Found(list[Any]):
    def fetchall(self) -> list[Any]:
        return self


@dataclass
class WriteSide:
    """The tables of the write side as dictionaries, which answer the three questions that a batch asks."""

    people: dict[bytes, int] = field(default_factory=dict)
    homes: dict[bytes, UUID] = field(default_factory=dict)
    systems: dict[str, str] = field(default_factory=dict)
    streams: dict[UUID, list[bytes]] = field(default_factory=dict)
    receipts: dict[str, dict[str, Any]] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    _offset: int = 0

    def hear(self, said: Iterable[Report], day: date, crashes: bool = False) -> None:
        """Decide one batch of reports on a day; `crashes`: before it is written, so that it is decided again."""
        read = []
        for report in said:
            value = schema(report.schema).encode(report.fields)
            read.append(reports.read(f"reports.{report.sender}", 0, self._offset, value))
            self._offset += 1
        now = datetime.combine(day, time(10), UTC)
        outcome: Any = None
        for _ in range(2 if crashes else 1):
            outcome = batch.decide(self, KEYS, read, now)  # type: ignore[arg-type]
        self._write(outcome)

    def execute(self, query: str, parameters: Sequence[Any], **_: Any) -> _Found:
        """Rows of a table whose key is among those asked for."""
        asked = parameters[0]
        if "register.systems" in query:
            return _Found((name, self.systems[name]) for name in asked if name in self.systems)
        if "vault.identities" in query:
            return _Found((key, self.people[key]) for key in asked if key in self.people)
        if "register.records" in query:
            return _Found((key, self.homes[key]) for key in asked if key in self.homes)
        assert "register.stored_events" in query
        return _Found((key, state) for key in asked for state in self.streams.get(key, ()))

    def _write(self, outcome: batch.Outcome) -> None:
        for person in outcome.new_people:
            assert person.lookup not in self.people
            self.people[person.lookup] = person.person_id
        for record, home in outcome.new_records:
            assert record not in self.homes
            self.homes[record] = home
        self.homes |= dict(outcome.moved_records)
        for system in outcome.new_systems:
            assert system.name not in self.systems
            self.systems[system.name] = system.sender
        for event in outcome.facts:
            assert isinstance(event.originator_id, UUID)
            stream = self.streams.setdefault(event.originator_id, [])
            assert event.originator_version == len(stream) + 1
            stream.append(event.state)
            self.facts.append(decode(event.state))
        for receipt in outcome.receipts:
            assert receipt.number not in self.receipts
            self.receipts[receipt.number] = schema("Receipt.v1").decode_body(receipt.state)


_NO_LINES: pl.DataFrame = changes(NO_ROWS, facts({}), counting())


@dataclass
class ReadSide:
    """The tables of people and the ledger of coverage as frames."""

    rows: Rows = NO_ROWS
    ledger: pl.DataFrame = field(default_factory=lambda: _NO_LINES)

    def project(self, told: Sequence[Fact]) -> None:
        """Fold a round of facts."""
        heard = facts(columns(fact for fact in told if fact[0] in READS).frames)
        persons = heard.persons()
        before = Rows(*(frame.filter(pl.col("person_id").is_in(persons.implode())) for frame in _frames(self.rows)))
        new = heard.after(before.last_seen())
        folded = fold(before, new)
        self.ledger = summed(pl.concat([self.ledger, changes(before, new, counting()).select(self.ledger.columns)]))
        self.rows = Rows(
            _replaced(self.rows.people, folded.people, "person_id"),
            _replaced(self.rows.residences, folded.residences, "person_id", "on"),
            _replaced(self.rows.doses, folded.doses, "person_id", "dose_id"),
        )

    def held(self) -> list[list[tuple[Any, ...]]]:
        """Everything, comparable."""
        return [sorted(frame.rows(), key=repr) for frame in (*_frames(self.rows), self.ledger)]


def _frames(rows: Rows) -> tuple[pl.DataFrame, ...]:
    return rows.people, rows.residences, rows.doses


def _replaced(held: pl.DataFrame, written: Written, *key: str) -> pl.DataFrame:
    told = pl.concat([written.new, written.changed])
    if "counted" in held.columns:
        told = told.with_columns(counted=~pl.col("withdrawn") & pl.col("suspected_duplicate_of").is_null())
        told = told.select(pl.col(name).cast(kind) for name, kind in COUNTED_DOSES.items())
    assert written.new.join(held, on=key, how="semi").is_empty()
    return pl.concat([held.join(told, on=key, how="anti"), told.select(held.columns)])
