"""What a registration of a reserve number comes to, given what is known."""

from register.decision import OLDER_THAN_KNOWN, REINSTATED, WITHDRAWAL_BEFORE_REPORT, Context, Decision, Outcome
from register.facts import PersonFact
from register.last_word import Word, is_older
from register.people import History
from register.persons.facts import ReserveNumberCorrected, ReserveNumberRegistered, ReserveNumberWithdrawn
from register.persons.history import Registration, RegistrationContent, described
from register.persons.identify import identified
from register.persons.understand import UnderstoodRegistration

CORRECTED_AWAY = "corrected: the record is about another person"


def decide_registration(
    understood: UnderstoodRegistration, person: History, other: History | None, ctx: Context
) -> Decision[PersonFact]:
    """The facts that a registration leads to; `other` is given where the record is known under somebody else."""
    home = other if other is not None and ctx.record in other.identity.registrations else person
    known = home.identity.registrations.get(ctx.record)
    if known is not None and is_older(_word(understood, person), _held(known, understood, home)):
        return Decision((), "already-known", (*understood.flags, OLDER_THAN_KNOWN), home.person_id)
    if understood.nullified or understood.content is None:
        return _take_back(understood, home, known, ctx)
    return _register(understood, understood.content, person, home, ctx)


def _word(understood: UnderstoodRegistration, person: History) -> Word:
    content = understood.content, understood.birth_date
    return Word(understood.reported_at, None if understood.nullified else content, person.person_id)


def _held(known: Registration, understood: UnderstoodRegistration, home: History) -> Word:
    content = known.content, understood.birth_held
    return Word(known.reported_at, content if known.live else None, home.person_id)


def _take_back(
    understood: UnderstoodRegistration, home: History, known: Registration | None, ctx: Context
) -> Decision[PersonFact]:
    outcome: Outcome = "withdrawn"
    codes = understood.flags
    if known is None:
        codes = (*codes, WITHDRAWAL_BEFORE_REPORT)
    elif not known.live:
        outcome = "already-known"
        if known.reported_at == understood.reported_at:
            return Decision((), outcome, codes, home.person_id)
    first = identified(home, understood.identity, ctx)
    withdrawn = _withdrawn(understood, understood.reason, home, home.version + len(first) + 1, ctx)
    return Decision((*first, withdrawn), outcome, codes, home.person_id)


def _register(
    understood: UnderstoodRegistration, content: RegistrationContent, person: History, home: History, ctx: Context
) -> Decision[PersonFact]:
    known = home.identity.registrations.get(ctx.record)
    moved = home is not person
    outcome: Outcome = "corrected"
    codes = understood.flags
    left: tuple[PersonFact, ...] = ()
    if known is None or known.content is None:
        outcome = "recorded"
    elif not known.live:
        codes = (*codes, REINSTATED)
    elif moved:
        left = (_withdrawn(understood, CORRECTED_AWAY, home, home.version + 1, ctx),)
    elif known.content == content and understood.birth_held == understood.birth_date:
        outcome = "already-known"
        if known.reported_at == understood.reported_at:
            return Decision((), outcome, codes, person.person_id)
    first = identified(person, understood.identity, ctx)
    said = _said(understood, content, person, person.version + len(first) + 1, ctx)
    return Decision((*left, *first, said), outcome, codes, person.person_id)


def _said(
    understood: UnderstoodRegistration, content: RegistrationContent, person: History, version: int, ctx: Context
) -> ReserveNumberRegistered | ReserveNumberCorrected:
    before = person.identity.registrations.get(ctx.record)
    is_new = before is None or before.content is None
    registrations = {
        **person.identity.registrations,
        ctx.record: Registration(understood.reported_at, content, True),
    }
    held = described(person.identity.by_number, person.identity.by_population, registrations)
    return (ReserveNumberRegistered if is_new else ReserveNumberCorrected)(
        person.person_id,
        version,
        ctx.now,
        ctx.receipt,
        ctx.record,
        understood.reported_at,
        content.region,
        content.issuer,
        content.evidence,
        content.registered_by,
        content.registered_on,
        content.stated.birth_year,
        content.stated.sex,
        held.birth_year,
        held.sex,
        understood.flags,
    )


def _withdrawn(
    understood: UnderstoodRegistration, reason: str, home: History, version: int, ctx: Context
) -> ReserveNumberWithdrawn:
    registrations = {key: one for key, one in home.identity.registrations.items() if key != ctx.record}
    held = described(home.identity.by_number, home.identity.by_population, registrations)
    return ReserveNumberWithdrawn(
        home.person_id,
        version,
        ctx.now,
        ctx.receipt,
        ctx.record,
        understood.reported_at,
        reason,
        held.birth_year,
        held.sex,
    )
