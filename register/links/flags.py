"""What is remarkable about a link, by what was written and by what the register holds of the two."""

from dataclasses import dataclass
from datetime import date

from register.identities.identity import KINDS
from register.identities.number import Identity, Kind
from register.links.facts import Reason
from register.links.understand import UnderstoodLink
from register.people import History, Person
from register.persons.held import description
from register.rules import Rule, Rules


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: the identity named, the person behind it, and the birth dates that regions stated of it."""

    identity: Identity
    person: Person
    births: frozenset[date]


@dataclass(frozen=True, slots=True)
class Linking:
    """A link that is to be made, with both whom it makes one person."""

    said: UnderstoodLink
    kept: Side
    absorbed: Side


# To let a reason be given for another pair, add a row: the reason, the kind of the identity kept, that of the absorbed.
# Nobody has two personal identity numbers at a time, so two of them have a reason of their own.
FITTING: frozenset[tuple[Reason, Kind, Kind]] = frozenset(
    (
        ("same-person", "personal", "coordination"),
        ("same-person", "personal", "reserve"),
        ("same-person", "coordination", "personal"),
        ("same-person", "coordination", "coordination"),
        ("same-person", "coordination", "reserve"),
        ("same-person", "reserve", "personal"),
        ("same-person", "reserve", "coordination"),
        ("same-person", "reserve", "reserve"),
        ("coordination-to-personal", "personal", "coordination"),
        ("new-number", "personal", "personal"),
        ("new-number", "coordination", "coordination"),
        ("new-number", "reserve", "reserve"),
        ("sex-change", "personal", "personal"),
        ("sex-change", "coordination", "coordination"),
    )
)


def _differ(one: object, other: object, unknown: object) -> bool:
    return unknown not in (one, other) and one != other


def _years_differ(link: Linking) -> bool:
    kept, absorbed = link.kept, link.absorbed
    return _differ(kept.identity.birth_year, absorbed.identity.birth_year, None) or _differ(
        _birth_year(kept), _birth_year(absorbed), None
    )


def _birth_year(side: Side) -> int | None:
    # Once the two are one person, the person's description is the same for both.
    said = (side.person.own.identity.held.birth_year, side.identity.birth_year, description(side.person).birth_year)
    return next((year for year in said if year is not None), None)


def _sexes_differ(link: Linking) -> bool:
    kept, absorbed = link.kept, link.absorbed
    return link.said.reason != "sex-change" and (
        _differ(kept.identity.sex, absorbed.identity.sex, "unknown") or _differ(_sex(kept), _sex(absorbed), "unknown")
    )


def _sex(side: Side) -> str:
    said = (side.person.own.identity.held.sex, side.identity.sex, description(side.person).sex)
    return next((sex for sex in said if sex != "unknown"), "unknown")


def _dates_differ(link: Linking) -> bool:
    kept, absorbed = _dates(link.kept), _dates(link.absorbed)
    return bool(kept and absorbed) and kept.isdisjoint(absorbed) and not _years_differ(link)


def _dates(side: Side) -> frozenset[date]:
    return side.births | {side.identity.birth_date} if side.identity.birth_date else side.births


def _absorbs_higher_kind(link: Linking) -> bool:
    return KINDS.index(link.absorbed.identity.kind) < KINDS.index(link.kept.identity.kind)


def _was_heard_of(side: Side) -> bool:
    """Whether anything but links was ever told of the identity: by the feed, a region, or a dose."""
    own, root = side.person.own, side.person.root
    return _is_described(own) or bool(own.doses.records) or own.person_id in root.doses.under.values()


def _is_described(history: History) -> bool:
    known = history.identity
    return bool(known.registrations or known.residences or known.protections or known.died_on)


# To add a flag for a link, add a row: code, when it applies, days on which it is in force.
FLAGS_LINKING: Rules[Linking] = (
    Rule("LINK-BIRTH-YEARS-DIFFER", _years_differ),
    Rule("LINK-BIRTH-DATES-DIFFER", _dates_differ),
    Rule("LINK-SEXES-DIFFER", _sexes_differ),
    Rule(
        "LINK-REASON-KINDS",
        lambda one: (one.said.reason, one.kept.identity.kind, one.absorbed.identity.kind) not in FITTING,
    ),
    Rule("LINK-ABSORBS-NATIONAL", _absorbs_higher_kind),
    Rule("LINK-IDENTITY-NOT-KNOWN", lambda one: not (_was_heard_of(one.kept) and _was_heard_of(one.absorbed))),
)
