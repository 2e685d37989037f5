"""Everything that the facts of all identities of a person amount to, for the person and whoever may read it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from register.definitions import protection_code
from register.doses.facts import DoseFact
from register.doses.history import Record
from register.extract.doses import ToldDose, doses_told
from register.extract.told import IdentityTold, LinkTold, Source, identities_told, links_told
from register.extract.visible import visible
from register.facts import PersonFact
from register.hidden_fields import MUNICIPALITY, UNIT, fields_hidden, hidden_by
from register.ids import show_id
from register.links.facts import LinkFact
from register.people import History, Person, history_of
from register.persons.held import description, died_on, protection, residences


@dataclass(frozen=True, slots=True)
class Residence:
    """Where the person lived from a day."""

    on: date
    municipality: str
    deso: str


@dataclass(frozen=True, slots=True)
class Extract:
    """All that the register holds about one person."""

    identities: tuple[str, ...]
    birth_year: int | None
    sex: str
    died_on: date | None
    protection: str
    residences: tuple[Residence, ...]
    doses: tuple[ToldDose, ...]
    told: tuple[IdentityTold, ...]
    links: tuple[LinkTold, ...]


def extract(
    facts: Mapping[int, Sequence[PersonFact]],
    *,
    with_others: Collection[int] = (),
    births: Mapping[str, date] = MappingProxyType({}),
    sources: Mapping[str, Source] = MappingProxyType({}),
) -> Extract:
    """The extract of a person; `facts` holds every identity's history by person id, that of the root first.

    Of a person with protected identity what tells of places is left out: what is printed may be seen by others. Words
    on a pair are told where the other identity is the person's own, or one of `with_others`: of whom it may be known.
    `births`: the days that registrations stated, by receipt; facts carry the year alone. `sources`: whose report it
    was, by receipt, where facts do not carry it.
    """
    by_id = {person_id: history_of(person_id, history) for person_id, history in facts.items()}
    members = tuple(by_id.values())
    person = Person(members[0], members[0], members)
    protected = protection(person).grade
    hides = hidden_by(protected)
    hides_places, not_shown = bool(hides & (UNIT | MUNICIPALITY)), fields_hidden(hides)
    # At one moment a dose leaves one identity before it stands under the root.
    in_order = sorted((fact for history in reversed([*facts.values()]) for fact in history), key=_when)
    # Where even the municipality is hidden, the days of the moves are too.
    homes = {} if "municipality" in not_shown else residences(person)
    may_be_known, described = {*facts, *with_others}, description(person)
    told = visible(in_order, by_id, may_be_known)
    return Extract(
        tuple(show_id(person_id) for person_id in facts),
        described.birth_year,
        described.sex,
        died_on(person),
        protection_code(protected),
        tuple(Residence(day, place[0], "" if "deso" in not_shown else place[1]) for day, place in homes.items()),
        tuple(
            doses_told(
                (fact for fact in told if isinstance(fact, DoseFact)),
                members[0].doses,
                _records(members),
                not_shown,
                by_record=not partners(in_order) <= may_be_known,
            )
        ),
        tuple(identities_told(told, births, sources, not_shown, hides_places=hides_places)),
        tuple(links_told((fact for fact in told if isinstance(fact, LinkFact)), sources, hides_places=hides_places)),
    )


def _records(members: Iterable[History]) -> dict[bytes, Record]:
    """Every record that one of the histories has; as it was last said, where it stands in several."""
    known: dict[bytes, Record] = {}
    for record in (record for member in members for record in member.doses.records.values()):
        if record.key not in known or known[record.key].content is None:
            known[record.key] = record
    return known


def _when(fact: PersonFact) -> datetime:
    return fact.recorded_at


def partners(facts: Iterable[PersonFact]) -> set[int]:
    """Everybody whom words on pairs name."""
    words = [fact for fact in facts if isinstance(fact, LinkFact)]
    return {identity for fact in words for identity in (fact.kept, fact.absorbed)}
