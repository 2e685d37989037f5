"""After a link or its end: every record of a dose goes to the root of the identity it was reported under."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from register.decision import Context
from register.doses.facts import DoseSourceWithdrawn
from register.doses.history import DoseContent, Record
from register.doses.restate import restate_all
from register.doses.rules import LIFE_FLAGS, DoseOfPerson
from register.doses.true_doses import Source
from register.doses.writer import JOINS_LAST, Latest, Writer
from register.facts import PersonFact
from register.links.history import Said
from register.links.roots import links_among, roots
from register.people import History, Person, evolve
from register.persons.facts import Cause
from register.persons.held import protection
from register.persons.restated import hidden_with, restated
from register.rules import codes_of

LinkCause = Literal["linked", "unlinked"]
Homes = Mapping[bytes, int]  # record -> person id of the history that holds it


class Settled(NamedTuple):
    """Records that went to another history, and the root of each identity whose person changed."""

    homes: tuple[tuple[bytes, int], ...] = ()
    roots: tuple[tuple[int, int], ...] = ()


class Histories:
    """The histories that a decision changes, and the facts that it writes into them."""

    def __init__(self, persons: Iterable[Person]) -> None:
        self.by_id = {one.person_id: one for person in persons for one in person.members}
        self.facts: list[PersonFact] = []

    def write(self, *facts: PersonFact) -> None:
        """Facts, each of which is the next one of its history."""
        for fact in facts:
            self.facts.append(fact)
            self.by_id[fact.person_id] = evolve(self.by_id[fact.person_id], fact)

    def restate(self, person: Person, cause: Cause, ctx: Context, *, members: bool) -> None:
        """Who the person is held to be, for the root; and for the other identities what their protection hides."""
        self.write(restated(person, self.next_version(person.root.person_id), cause, ctx))
        if members:
            for member in person.members[1:]:
                self.write(hidden_with(person, member, self.next_version(member.person_id), cause, ctx))

    def next_version(self, person_id: int) -> int:
        """The version that the next fact of a history has."""
        return self.by_id[person_id].version + 1

    def links(self) -> list[Said]:
        """The links that stand among these identities."""
        return links_among(history.links for history in self.by_id.values())

    def roots(self) -> dict[int, int]:
        """The root of each of these identities."""
        return roots(self.by_id, self.links())

    def person(self, identity: int, root_of: Mapping[int, int]) -> Person:
        """The person that an identity belongs to."""
        root = root_of[identity]
        others = sorted(one for one, its_root in root_of.items() if its_root == root and one != root)
        return Person(self.by_id[identity], self.by_id[root], tuple(self.by_id[one] for one in (root, *others)))


class _Move(NamedTuple):
    """A record that stands in the wrong history: whose record it is, where it stands, and where it belongs."""

    record: Record
    identity: int
    here: int
    there: int


def settle(histories: Histories, before: Mapping[int, int], homes: Homes, cause: LinkCause, ctx: Context) -> Settled:
    """Move what stands in the wrong history, and say anew who each changed person is held to be."""
    after = histories.roots()
    moves = [
        _Move(record, identity, root, after[identity])
        for root in sorted(set(before.values()))
        for record, identity in _standing(histories.by_id[root], homes)
        if after.get(identity, root) != root
    ]
    for here in sorted({move.here for move in moves}):
        _leave(histories, [move for move in moves if move.here == here], cause, ctx)
    for there in sorted({move.there for move in moves}):
        person = histories.person(there, after)
        _arrive(histories, [move for move in moves if move.there == there], person, cause, ctx)
    changed = _changed(before, after)
    for root in sorted({after[identity] for identity in changed}):
        person = histories.person(root, after)
        histories.restate(person, cause, ctx, members=bool(protection(person).grade))
    return Settled(
        tuple((move.record.key, move.there) for move in moves),
        tuple((identity, after[identity]) for identity in sorted(changed)),
    )


def _standing(root: History, homes: Homes) -> list[tuple[Record, int]]:
    """The records that a root holds, and the identity of each."""
    return [
        (record, root.doses.under.get(record.key, root.person_id))
        for record in root.doses.standing()
        if homes.get(record.key) == root.person_id
    ]


def _changed(before: Mapping[int, int], after: Mapping[int, int]) -> set[int]:
    """The identities of every person who has gained or lost one, or has another root."""
    return {
        identity
        for identity in after
        if before[identity] != after[identity] or _together(before, identity) != _together(after, identity)
    }


def _together(root_of: Mapping[int, int], identity: int) -> set[int]:
    return {one for one, root in root_of.items() if root == root_of[identity]}


def _leave(histories: Histories, moves: Sequence[_Move], cause: LinkCause, ctx: Context) -> None:
    """All that go from one history."""
    history = histories.by_id[moves[0].here]
    write = Writer(history.person_id, history.version, ctx)
    going = [Latest(move.record.key, move.record.reported_at, None, cause) for move in moves]
    live = {goes.key: goes for goes, move in zip(going, moves, strict=True) if move.record.live}
    if live:
        restate_all(history.doses, live, write)
    for goes, move in zip(going, moves, strict=True):
        if not move.record.live:
            write.takes_back(DoseSourceWithdrawn, move.record.dose_id, goes)
    histories.write(*write.facts)


def _arrive(histories: Histories, moves: Sequence[_Move], person: Person, cause: LinkCause, ctx: Context) -> None:
    """All that come to one person."""
    history = person.root
    write = Writer(history.person_id, history.version, ctx)
    coming: dict[bytes, Latest] = {}
    for place, move in enumerate(sorted(moves, key=lambda move: _turn(move.record, history))):
        record = move.record
        if history.doses.under.get(record.key, history.person_id) != move.identity:
            write.reported_under(record.key, move.identity)
        dose_id = _dose_id(record, histories.by_id[move.here], history)
        if record.live and record.content is not None:
            flags = _flags(record, record.content, person, ctx)
            stands = record._replace(dose_id=dose_id, joined=JOINS_LAST + place, flags=flags)
            coming[record.key] = Latest(record.key, record.reported_at, Source(stands, record.content), cause)
        else:
            # Taken back by its sender, wherever it stands: an older report of it must not bring it again.
            withdrawn = Latest(record.key, record.reported_at, None, "withdrawn")
            write.takes_back(DoseSourceWithdrawn, dose_id or ctx.new_id(), withdrawn)
    if coming:
        restate_all(history.doses, coming, write)
    histories.write(*write.facts)


def _flags(record: Record, content: DoseContent, person: Person, ctx: Context) -> tuple[str, ...]:
    """A record's flags with this person: as it had them here before, or those of another's life asked anew."""
    known = person.root.doses.records.get(record.key)
    if known is not None and known.content == content:
        return known.flags
    of_life = {rule.code for rule in LIFE_FLAGS}
    kept = tuple(flag for flag in record.flags if flag not in of_life)
    return kept + codes_of(LIFE_FLAGS, DoseOfPerson(content, None, person), ctx.today)


def _turn(record: Record, history: History) -> tuple[bool, int]:
    """Who was here before comes in the order of then, before who was not."""
    known = history.doses.records.get(record.key)
    return (False, known.joined) if known is not None else (True, record.joined)


def _dose_id(record: Record, left: History, history: History) -> int:
    """The id that the record's dose had here before, or takes along; 0 where its old dose stays behind."""
    known = history.doses.records.get(record.key)
    if known is not None:
        return known.dose_id
    return 0 if record.dose_id in left.doses.told else record.dose_id
