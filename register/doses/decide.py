"""What a dose report comes to, given what is known."""

from register.decision import (
    OLDER_THAN_KNOWN,
    REINSTATED,
    SUSPECTED_DUPLICATE,
    WITHDRAWAL_BEFORE_REPORT,
    Context,
    Decision,
    Outcome,
)
from register.doses.facts import Cause, DoseSourceWithdrawn
from register.doses.history import DoseContent, Record
from register.doses.restate import restate
from register.doses.rules import PERSON_FLAGS, DoseOfPerson
from register.doses.true_doses import Source
from register.doses.understand import UnderstoodDose
from register.doses.writer import JOINS_LAST, Latest, Writer
from register.facts import PersonFact
from register.last_word import Word, is_older
from register.people import History, Person
from register.persons.identify import identified
from register.rules import codes_of


def decide_dose(understood: UnderstoodDose, person: Person, other: Person | None, ctx: Context) -> Decision[PersonFact]:
    """The facts that the report leads to.

    `person` is whom the report names; `other` is given where the record is known under somebody else.
    """
    root = person.root
    home = other.root if other is not None and ctx.record in other.root.doses.records else root
    known = home.doses.records.get(ctx.record)
    if known is not None and is_older(_said(understood, person), _held(known, home)):
        codes = (*understood.flags, OLDER_THAN_KNOWN)
        return Decision((), "already-known", codes, home.person_id, known.dose_id)
    if understood.nullified or understood.content is None:
        return _take_back(understood, person, home, known, ctx)
    return _record(understood, _source(understood, understood.content, person, ctx), person, home, ctx)


def _said(understood: UnderstoodDose, person: Person) -> Word:
    return Word(understood.reported_at, None if understood.nullified else understood.content, person.own.person_id)


def _held(known: Record, home: History) -> Word:
    return Word(known.reported_at, known.content if known.live else None, _identity_of(known.key, home))


def _identity_of(record: bytes, home: History) -> int:
    """The identity under which a record was reported, by its person id."""
    return home.doses.under.get(record, home.person_id)


def _take_back(
    understood: UnderstoodDose, person: Person, home: History, known: Record | None, ctx: Context
) -> Decision[PersonFact]:
    first = identified(home, understood.identity, ctx)
    write = Writer(home.person_id, home.version + len(first), ctx)
    latest = Latest(ctx.record, understood.reported_at, None, "withdrawn", understood.reason)
    codes = understood.flags
    outcome: Outcome = "withdrawn"
    if known is not None and known.live:
        dose_id = known.dose_id
        restate(home.doses, latest, write)
    else:
        # Nothing to take back, or taken back before: remembered, so that an older report cannot bring it (again).
        dose_id = known.dose_id if known else ctx.new_id()
        if known is None:
            codes = (*codes, WITHDRAWAL_BEFORE_REPORT)
            _name_identity(person, home, write)
        else:
            outcome = "already-known"
        if known is None or latest.reported_at > known.reported_at:
            write.takes_back(DoseSourceWithdrawn, dose_id, latest)
    return Decision((*first, *write.facts), outcome, codes, home.person_id, dose_id)


def _name_identity(person: Person, home: History, write: Writer) -> None:
    if _identity_of(write.ctx.record, home) != person.own.person_id:
        write.reported_under(write.ctx.record, person.own.person_id)


def _record(
    understood: UnderstoodDose, source: Source, person: Person, home: History, ctx: Context
) -> Decision[PersonFact]:
    root, known = person.root, home.doses.records.get(ctx.record)
    moved = home is not root
    same = (
        known is not None
        and known.live
        and not moved
        and known.content == source.content
        and _identity_of(ctx.record, home) == person.own.person_id
    )
    if same and known is not None and known.reported_at == understood.reported_at:
        return Decision((), "already-known", known.flags, root.person_id, known.dose_id)
    cause, outcome, found = _comes_to(known, same=same)

    leave = Writer(home.person_id, home.version, ctx)
    if moved and known is not None and known.live:
        restate(home.doses, Latest(ctx.record, understood.reported_at, None, "corrected"), leave)
    first = identified(person.own, understood.identity, ctx)
    write = Writer(root.person_id, root.version + len(first), ctx)
    _name_identity(person, root, write)
    dose, flags = restate(root.doses, Latest(ctx.record, understood.reported_at, source, cause), write)
    if dose is not None and dose.repeats is not None:
        flags = (*flags, SUSPECTED_DUPLICATE)
    facts = (*leave.facts, *first, *write.facts)
    return Decision(facts, outcome, flags + found, root.person_id, dose.dose_id if dose else None)


def _comes_to(known: Record | None, *, same: bool) -> tuple[Cause, Outcome, tuple[str, ...]]:
    """Why a report leads to facts, what the sender is told, and the code that says more."""
    if known is None or known.content is None:
        return "reported", "recorded", ()
    if not known.live:
        return "reinstated", "corrected", (REINSTATED,)
    if same:
        return "reported", "already-known", ()
    return "corrected", "corrected", ()


def _source(understood: UnderstoodDose, content: DoseContent, person: Person, ctx: Context) -> Source:
    flags = understood.flags + codes_of(PERSON_FLAGS, DoseOfPerson(content, understood.identity, person), ctx.today)
    before = person.root.doses.records.get(ctx.record)
    joined = JOINS_LAST
    if before is not None and before.live and before.content is not None and _same_dose(before.content, content):
        joined = before.joined
    dose_id = before.dose_id if before else 0
    record = Record(ctx.record, dose_id, understood.reported_at, ctx.sender, content, flags, True, joined)
    return Source(record, content)


def _same_dose(one: DoseContent, two: DoseContent) -> bool:
    return (one.disease, one.given_on, one.product) == (two.disease, two.given_on, two.product)
