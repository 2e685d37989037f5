"""What the register knows of everybody that a batch touches: read at once, kept up to date while it is decided."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, cast

from psycopg import Connection

from register import store, vault
from register.decision import Decision
from register.deliveries import history as stocks
from register.deliveries.facts import StockFact
from register.deliveries.history import StockHistory
from register.erasure.facts import PersonErased
from register.facts import AnyFact, PersonFact, subject_of
from register.homes import Homes, Subject
from register.ids import PERSON_TAG, STOCK_TAG, stream, subject
from register.links import store as links
from register.links.decide import Counterpart
from register.people import History, Person, alone, evolve, history_of, unknown_person
from register.persons.understand import UnderstoodRegistration
from register.understanding import Understood
from register.vault import Keys, NewPerson, births
from register.vault.births import Held, Stated


class Overtaken(Exception):
    """A record went to another history while the batch was decided."""


class Known:
    """People and stocks by the id of their history, identities by look-up, records by key, who is one with whom."""

    def __init__(self, conn: Connection[Any], keys: Keys, reports: Sequence[Understood]) -> None:
        self.homes = Homes()
        self._relinked: set[int] = set()
        self.births: list[Stated] = []  # by the registrations of this batch, in their order
        # One moment for all of it: roots of before a link beside histories of after it would put a dose into the wrong
        # one, and nothing would clash.
        with conn.transaction():
            conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", ())
            self._read(conn, keys, reports)

    def _read(self, conn: Connection[Any], keys: Keys, reports: Sequence[Understood]) -> None:
        identities = {report.lookup: report.identity for report in reports if report.lookup and report.identity}
        identities |= {
            report.absorbed_lookup: report.absorbed for report in reports if report.absorbed_lookup and report.absorbed
        }
        self._persons = vault.find(conn, list(identities))
        unmet = [identity for lookup, identity in identities.items() if lookup not in self._persons]
        self._new = {person.person_id: person for person in keys.new_persons(unmet)}
        self._persons |= {person.lookup: person.person_id for person in self._new.values()}

        self.homes.read(conn, {report.ctx.record for report in reports if report.kind.keeps_record})

        subjects = {self._subject(report) for report in reports} | self.homes.every()
        subjects |= {(PERSON_TAG, self._persons[one]) for report in reports if (one := report.absorbed_lookup)}
        subjects -= {(PERSON_TAG, person_id) for person_id in self._new}
        self._roots = links.find(conn, [number for tag, number in subjects if tag == PERSON_TAG])
        self._members = _members(self._roots)
        subjects |= {(PERSON_TAG, person_id) for person_id in self._roots}
        found = store.histories(conn, [stream(*each) for each in subjects])
        self._births = births.held(
            conn,
            keys,
            records=[report.ctx.record for report in reports if report.kind.states_birth],
            person_ids=[self._persons[one] for report in reports if report.absorbed_lookup for one in _both(report)],
        )
        # Somebody who was erased has a number again: the vault came back from a backup.
        self.came_back = any(
            isinstance(found.get(stream(PERSON_TAG, person_id), [None])[-1], PersonErased)
            for person_id in self._persons.values()
        )
        self._histories = {subject(one): _history(subject(one), facts) for one, facts in found.items()}
        moving = [report for report in reports if report.kind.moves_doses]
        self.homes.read(conn, {record for report in moving for record in self._records_to_move(report)})

    def was_erased(self, report: Understood) -> bool:
        """Whether the report's record was about somebody who was erased: nobody knows whose it is any more."""
        return report.kind.keeps_record and self.homes.was_erased(report.ctx.record)

    def decide(self, report: Understood) -> Decision[Any]:
        """What the report comes to, given everything decided before it, also in this batch."""
        about = self._subject(report)
        home = (self.homes.get(report.ctx.record) if report.kind.keeps_record else None) or about
        if about[0] == STOCK_TAG:
            other_stock = self._history(home) if home != about else None
            return report.kind.decide(report.meaning, self._history(about), other_stock, report.ctx)
        person = self._person(about[1])
        other: object = self._person(home[1]) if home != about else None
        if report.absorbed_lookup is not None:
            absorbed = self._person(self._persons[report.absorbed_lookup])
            stated = self._births_of(person), self._births_of(absorbed)
            other = Counterpart(absorbed, self._homes_of(person, absorbed), *stated)
        elif report.kind.moves_doses and len(person.members) > 1:
            other = self._homes_of(person)
        meaning = report.meaning
        if isinstance(meaning, UnderstoodRegistration) and (known := self._births.get(report.ctx.record)):
            meaning = replace(meaning, birth_held=known.born)
        return report.kind.decide(meaning, person, other, report.ctx)

    def accept(self, report: Understood, decision: Decision[Any]) -> None:
        """From here on, what was decided is known."""
        for fact in decision.facts:
            self._evolve(fact)
        if decision.facts and isinstance(said := report.meaning, UnderstoodRegistration):
            record, states = report.ctx.record, Held(decision.home, None if said.nullified else said.birth_date)
            held = self._births.get(record)
            # A file that is sent every night says the same of everybody: it is kept once.
            if states != held and (held or states.born):
                self.births.append(Stated(record, report.ctx.receipt, *states))
                self._births[record] = states
        if decision.facts and report.kind.keeps_record:
            tag = PERSON_TAG if report.kind.about_person else STOCK_TAG
            self.homes.put(report.ctx.record, (tag, decision.home))
        for record, person_id in decision.homes:
            self.homes.put(record, (PERSON_TAG, person_id))
        if decision.roots:
            for identity, _ in decision.roots:
                self._members.pop(identity, None)
            self._roots.update(decision.roots)
            self._relinked.update(identity for identity, _ in decision.roots)
            self._members |= _members(dict(decision.roots))

    def both(self, link: Understood) -> tuple[Person, Person]:
        """The persons whom a report on two identities names."""
        kept, absorbed = _both(link)
        return self._person(self._persons[kept]), self._person(self._persons[absorbed])

    def concerned(self, report: Understood) -> tuple[int | None, int | None]:
        """The identity that a report names, and the second one, or the one whose record it was; a stock is neither."""
        if report.lookup is None:
            return None, None
        named = self._persons[report.lookup]
        if report.absorbed_lookup is not None:
            return named, self._persons[report.absorbed_lookup]
        home = self.homes.get(report.ctx.record)
        held = named if home is None else self.identity_of(report.ctx.record, home[1])
        return named, None if held == named else held

    def identity_of(self, record: bytes, person_id: int) -> int:
        """The identity under which a record was reported that stands in the history of a person."""
        return self._person_history(person_id).doses.under.get(record, person_id)

    def new_people(self) -> list[NewPerson]:
        """Those of whom something was recorded in this batch for the first time."""
        return [person for number, person in self._new.items() if (PERSON_TAG, number) in self._histories]

    def relinked(self) -> list[tuple[int, int]]:
        """The root of every identity whose person changed in this batch."""
        return [(identity, self._roots[identity]) for identity in sorted(self._relinked)]

    def _subject(self, report: Understood) -> Subject:
        if report.lookup is not None:
            return PERSON_TAG, self._persons[report.lookup]
        return STOCK_TAG, cast(int, report.stock_id)

    def _person(self, person_id: int) -> Person:
        own = self._person_history(person_id)
        root = self._roots.get(person_id, person_id)
        members = self._members.get(root)
        if members is None:
            return alone(own)
        return Person(own, self._person_history(root), tuple(map(self._person_history, members)))

    def _births_of(self, person: Person) -> frozenset[date]:
        """The birth dates that registrations state of an identity."""
        stated = map(self._births.get, person.own.identity.registrations)
        return frozenset(one.born for one in stated if one and one.born and one.person_id == person.own.person_id)

    def _homes_of(self, *persons: Person) -> Mapping[bytes, int]:
        """Which person's history holds each record that stands, or once stood, in one of these."""
        records = {record for person in persons for record in _records(person)}
        return {record: home[1] for record in records if (home := self.homes.get(record))}

    def _records_to_move(self, report: Understood) -> Iterator[bytes]:
        """The records that a report can move, also one that comes after others of the batch."""
        person = self._person(self._subject(report)[1])
        if report.absorbed_lookup is not None:
            yield from _records(self._person(self._persons[report.absorbed_lookup]))
        elif len(person.members) == 1:
            return
        yield from _records(person)

    def _person_history(self, person_id: int) -> History:
        return cast(History, self._history((PERSON_TAG, person_id)))

    def _history(self, about: Subject) -> History | StockHistory:
        return self._histories.get(about) or _history(about, [])

    def _evolve(self, fact: AnyFact) -> None:
        about = subject_of(fact)
        before = self._history(about)
        if isinstance(before, StockHistory):
            self._histories[about] = stocks.evolve(before, cast(StockFact, fact))
        else:
            self._histories[about] = evolve(before, cast(PersonFact, fact), in_place=True)


def _both(link: Understood) -> tuple[bytes, bytes]:
    return cast(bytes, link.lookup), cast(bytes, link.absorbed_lookup)


def _records(person: Person) -> Iterator[bytes]:
    return (record for one in person.members for record in one.doses.records)


def _members(roots: Mapping[int, int]) -> dict[int, list[int]]:
    """The identities of everybody who has several, by root; the root first, the others by their ids."""
    found: dict[int, list[int]] = {}
    for identity, root in sorted(roots.items()):
        members = found.setdefault(root, [root])
        if identity != root:
            members.append(identity)
    return {root: members for root, members in found.items() if len(members) > 1}


def _history(about: Subject, facts: Sequence[AnyFact]) -> History | StockHistory:
    tag, number = about
    if tag == PERSON_TAG:
        return history_of(number, cast(Sequence[PersonFact], facts)) if facts else unknown_person(number)
    return stocks.history_of(number, cast(Sequence[StockFact], facts))
