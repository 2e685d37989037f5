"""The register without servers: its own decisions on tables that are dictionaries, its own fold on frames."""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import polars as pl

from projections.coverage.booked import booked, protections
from projections.coverage.causes import LINKED, UNLINKED
from projections.coverage.changes import NO_LINES, OWN_LINES, changes, summed
from projections.coverage.counting import counting
from projections.people.facts import READS, facts
from projections.people.fold import Folded, after, fold
from projections.people.rows import NO_ROWS, Rows
from register import batch, reports
from register.entitled import restricted
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
    roots: dict[int, int] = field(default_factory=dict)
    wrapped_keys: dict[int, bytes] = field(default_factory=dict)
    births: dict[bytes, tuple[int, bytes | None]] = field(default_factory=dict)
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

    def transaction(self) -> AbstractContextManager[None]:
        """One moment: nobody else writes here."""
        return nullcontext()

    def execute(self, query: str, parameters: Sequence[Any], **_: Any) -> _Found:
        """Rows of a table whose key is among those asked for."""
        if query.startswith("SET TRANSACTION"):
            return _Found()
        asked = parameters[0]
        if "vault.births" in query:
            records, persons = map(set, parameters)
            return _Found(
                (record, person_id, self.wrapped_keys[person_id], sealed)
                for record, (person_id, sealed) in self.births.items()
                if sealed is not None and (record in records or person_id in persons)
            )
        if "register.linked" in query:
            roots = {self.roots[one] for one in asked if one in self.roots}
            return _Found((one, root) for one, root in self.roots.items() if root in roots)
        if "vault.persons" in query:
            return _Found((one, self.wrapped_keys[one]) for one in asked)
        if "register.sender_kinds" in query:
            return _Found((sender, kind) for sender in asked for kind in restricted())
        if "register.systems" in query:
            return _Found()
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
            self.wrapped_keys[person.person_id] = person.wrapped_key
        self.births |= {birth.record: (birth.person_id, birth.sealed) for birth in outcome.births}
        for record, home in outcome.new_records:
            assert record not in self.homes
            self.homes[record] = home
        self.homes |= dict(outcome.moved_records)
        self.roots |= dict(outcome.relinked)
        several = Counter(self.roots.values())
        self.roots = {one: root for one, root in self.roots.items() if several[root] > 1}
        for event in outcome.facts:
            assert isinstance(event.originator_id, UUID)
            stream = self.streams.setdefault(event.originator_id, [])
            assert event.originator_version == len(stream) + 1
            stream.append(event.state)
            self.facts.append(decode(event.state))
        for receipt in outcome.receipts:
            assert receipt.number not in self.receipts
            self.receipts[receipt.number] = schema("Receipt.v1").decode_body(receipt.state)


@dataclass
class ReadSide:
    """The tables of people and the ledger of coverage as frames."""

    rows: Rows = NO_ROWS
    ledger: pl.DataFrame = field(default_factory=lambda: NO_LINES)
    earlier: pl.DataFrame = field(default_factory=lambda: OWN_LINES)

    def project(self, told: Sequence[Fact]) -> None:
        """Fold a round of facts."""
        heard = facts(columns(fact for fact in told if fact[0] in READS).frames)
        persons = heard.persons()
        before = self.rows.of(persons.alias("person_id").to_frame())
        new = heard.after(before.last_seen())
        folded, by = fold(before, new), counting()
        of = protections(before, folded)
        earlier = self.earlier.join(of.changed, on="person_id", how="semi")
        lines = booked(before, folded, changes(before, new, by), by, of=of, earlier=earlier)
        self.ledger = summed(pl.concat([self.ledger, lines.ledger.select(self.ledger.columns)]))
        self.earlier = summed(pl.concat([self.earlier, lines.earlier.select(self.earlier.columns)]), "person_id")
        self.rows = after(self.rows, folded, pl.concat([frame.select("person_id") for frame in _written(folded)]))

    def held(self) -> list[list[tuple[Any, ...]]]:
        """Everything, comparable."""
        frames = (self.rows.people, self.rows.residences, self.rows.doses, self.ledger, self.earlier)
        return [sorted(frame.rows(), key=repr) for frame in frames]

    def answers(self) -> list[list[tuple[Any, ...]]]:
        """What can be asked: without versions, without what was taken back, and sums without links and their ends."""
        doses = self.rows.doses.filter("counted").drop("version", "day_known", "cause")
        people = self.rows.people.drop("version")
        counts = summed(self.ledger.filter(~pl.col("cause").is_in([LINKED, UNLINKED])))
        now = self.ledger.with_columns(day_known=pl.lit(None, pl.Date), cause=pl.lit(0, pl.Int16))
        frames = (people, self.rows.residences.drop("version"), doses, counts, summed(now))
        return [sorted(frame.rows(), key=repr) for frame in frames]


def _written(folded: Folded) -> list[pl.DataFrame]:
    written = (folded.people, folded.residences, folded.doses)
    return [frame for each in written for frame in (each.new, each.changed)] + [folded.left]
