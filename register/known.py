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
from register.facts import AnyFact, PersonFact, subject_of
from register.ids import PERSON_TAG, STOCK_TAG, stream, subject
from register.people import History, evolve, history_of, unknown_person
from register.understanding import Understood
from register.vault import Keys, NewPerson

Subject = tuple[int, int]  # a person's or a stock's tag, and the id


class Overtaken(Exception):
    """A record went to another history while the batch was decided."""


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

        subjects = {self._subject(report) for report in reports} | set(self._homes.values())
        subjects -= {(PERSON_TAG, person_id) for person_id in self._new}
        found = store.histories(conn, [stream(*each) for each in subjects])
        self._histories = {subject(one): _history(subject(one), facts) for one, facts in found.items()}

    def decide(self, report: Understood) -> Decision[Any]:
        """What the report comes to, given everything decided before it, also in this batch."""
        about = self._subject(report)
        home = self._homes.get(report.ctx.record, about) if report.kind.keeps_record else about
        other = self._history(home) if home != about else None
        return report.kind.decide(report.meaning, self._history(about), other, report.ctx)

    def accept(self, report: Understood, decision: Decision[Any]) -> None:
        """From here on, what was decided is known."""
        for fact in decision.facts:
            self._evolve(fact)
        if decision.facts and report.kind.keeps_record:
            tag = PERSON_TAG if report.kind.about_person else STOCK_TAG
            self._homes[report.ctx.record] = (tag, decision.home)

    def new_people(self) -> list[NewPerson]:
        """Those of whom something was recorded in this batch for the first time."""
        return [person for number, person in self._new.items() if (PERSON_TAG, number) in self._histories]

    def new_records(self) -> list[tuple[bytes, UUID]]:
        """Records that were written in a history for the first time, and which one."""
        return [(record, stream(*home)) for record, home in self._homes.items() if record not in self._before]

    def known_records(self) -> list[tuple[bytes, UUID]]:
        """Records that belonged to a history before this batch, and which one."""
        return [(record, stream(*home)) for record, home in self._before.items()]

    def moved_records(self) -> list[tuple[bytes, UUID]]:
        """Records that belong to another history than before this batch."""
        moved = [record for record, home in self._before.items() if self._homes[record] != home]
        return [(record, stream(*self._homes[record])) for record in moved]

    def _subject(self, report: Understood) -> Subject:
        if report.lookup is not None:
            return PERSON_TAG, self._persons[report.lookup]
        return STOCK_TAG, cast(int, report.stock_id)

    def _history(self, about: Subject) -> History | StockHistory:
        return self._histories.get(about) or _history(about, [])

    def _evolve(self, fact: AnyFact) -> None:
        about = subject_of(fact)
        before = self._history(about)
        if isinstance(before, StockHistory):
            self._histories[about] = stocks.evolve(before, cast(StockFact, fact))
        else:
            self._histories[about] = evolve(before, cast(PersonFact, fact))


def _homes(conn: Connection[Any], records: list[bytes]) -> dict[bytes, Subject]:
    found = "SELECT record, stream FROM register.records WHERE record = ANY(%s)"
    return {record: subject(home) for record, home in conn.execute(found, (records,), binary=True)}


def _history(about: Subject, facts: Sequence[AnyFact]) -> History | StockHistory:
    tag, number = about
    if tag == PERSON_TAG:
        return history_of(number, cast(Sequence[PersonFact], facts)) if facts else unknown_person(number)
    return stocks.history_of(number, cast(Sequence[StockFact], facts))
