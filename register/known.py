"""What the register knows of everybody that a batch touches: read at once, kept up to date while it is decided."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from psycopg import Connection

from register import store, vault
from register.decision import Decision
from register.deliveries import history as stocks
from register.deliveries.facts import StockFact
from register.deliveries.history import StockHistory
from register.facts import AnyFact
from register.ids import PERSON_TAG, person_stream, stock_stream, subject
from register.people import History, evolve, history_of, unknown_person
from register.understanding import Understood
from register.vault import Keys, NewPerson


class Known:
    """People and stocks by the id of their history, identities by look-up, records by key."""

    def __init__(self, conn: Connection[Any], keys: Keys, reports: Sequence[Understood]) -> None:
        identities = {report.lookup: report.identity for report in reports if report.lookup and report.identity}
        self._persons = vault.find(conn, list(identities))
        unmet = [identity for lookup, identity in identities.items() if lookup not in self._persons]
        self._new = {person.person_id: person for person in keys.new_persons(unmet)}
        self._persons |= {person.lookup: person.person_id for person in self._new.values()}

        self._before = _homes(conn, list({report.ctx.record for report in reports if report.kind.keeps_record}))
        self._homes = dict(self._before)

        streams = {self._stream(report) for report in reports} | set(self._homes.values())
        streams -= {person_stream(person_id) for person_id in self._new}
        self._histories = {
            stream: _history(stream, facts) for stream, facts in store.histories(conn, list(streams)).items()
        }

    def decide(self, report: Understood) -> Decision[Any]:
        """What the report comes to, given everything decided before it, also in this batch."""
        stream = self._stream(report)
        home = self._homes.get(report.ctx.record, stream) if report.kind.keeps_record else stream
        other = self._history(home) if home != stream else None
        return report.kind.decide(report.meaning, self._history(stream), other, report.ctx)

    def accept(self, report: Understood, decision: Decision[Any]) -> None:
        """From here on, what was decided is known."""
        for fact in decision.facts:
            self._evolve(fact)
        if decision.facts and report.kind.keeps_record:
            of = person_stream if report.kind.about_person else stock_stream
            self._homes[report.ctx.record] = of(decision.home)

    def new_people(self) -> list[NewPerson]:
        """Those of whom something was recorded in this batch for the first time."""
        return [person for number, person in self._new.items() if person_stream(number) in self._histories]

    def new_records(self) -> list[tuple[bytes, UUID]]:
        """Records that were written in a history for the first time, and which one."""
        return [(record, home) for record, home in self._homes.items() if record not in self._before]

    def moved_records(self) -> list[tuple[bytes, UUID]]:
        """Records that belong to another history than before this batch."""
        before = self._before
        return [(record, self._homes[record]) for record in before if self._homes[record] != before[record]]

    def _stream(self, report: Understood) -> UUID:
        if report.lookup is not None:
            return person_stream(self._persons[report.lookup])
        return stock_stream(cast(int, report.stock_id))

    def _history(self, stream: UUID) -> History | StockHistory:
        return self._histories.get(stream) or _history(stream, [])

    def _evolve(self, fact: AnyFact) -> None:
        stream = store.stream_of(fact)
        before = self._history(stream)
        if isinstance(before, StockHistory):
            self._histories[stream] = stocks.evolve(before, cast(StockFact, fact))
        else:
            self._histories[stream] = evolve(before, cast(Any, fact))


def _homes(conn: Connection[Any], records: list[bytes]) -> dict[bytes, UUID]:
    found = "SELECT record, stream FROM register.records WHERE record = ANY(%s)"
    return dict(conn.execute(found, (records,), binary=True).fetchall())


def _history(stream: UUID, facts: Sequence[AnyFact]) -> History | StockHistory:
    tag, number = subject(stream)
    if tag == PERSON_TAG:
        return history_of(number, cast(Any, facts)) if facts else unknown_person(number)
    return stocks.history_of(number, cast(Any, facts))
