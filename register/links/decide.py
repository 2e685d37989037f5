"""What a report on two identities comes to: one person, two again, or two for good."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from register.decision import OLDER_THAN_KNOWN, Context, Decision, Outcome
from register.facts import PersonFact
from register.links.facts import IdentitiesLinked, IdentitiesToldApart, IdentitiesUnlinked
from register.links.flags import FLAGS_LINKING, Linking, Side
from register.links.history import Said, pair_of
from register.links.settle import Histories, Homes, Settled, settle
from register.links.understand import UnderstoodLink
from register.people import History, Person
from register.persons.identify import identified
from register.persons.secrecy import never_linked
from register.rules import codes_of

# Says no more than that: which of the two is protected, and how, is nobody's to learn from a receipt.
NOT_ALLOWED = "LINK-NOT-ALLOWED"
TOO_MANY = "LINK-TOO-MANY"
# Identities and records of doses of one person: somebody with more is a placeholder, and would hold up everybody.
MOST, MOST_RECORDS = 20, 200
WAS_TOLD_APART = "WAS-TOLD-APART"
ALREADY_ONE_PERSON = "ALREADY-ONE-PERSON"
STILL_ONE_PERSON = "STILL-ONE-PERSON"
NEVER_LINKED = "NEVER-LINKED"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ORDER = ("linked", "unlinked", "apart")


class Counterpart(NamedTuple):
    """The person of the identity absorbed, who holds each record of both, and what births regions stated of each."""

    person: Person
    homes: Homes
    births_of_kept: frozenset[date] = frozenset()
    births: frozenset[date] = frozenset()


def decide_link(said: UnderstoodLink, kept: Person, other: Counterpart, ctx: Context) -> Decision[PersonFact]:
    """The facts that a report on two identities leads to; of several words on a pair the one written last holds."""
    absorbed, root = other.person, kept.root.person_id
    held = kept.own.links.get(pair_of(kept.own.person_id, absorbed.own.person_id))
    refused = said.state == "linked" and _may_not_be_linked(kept, absorbed, ctx)
    # What is held of somebody secret is compared with nobody.
    flags = said.flags if refused else said.flags + _flags(said, kept, other, ctx)
    if held is not None and _rank(said, kept, absorbed) < _rank_held(held):
        return Decision((), "already-known", (*flags, OLDER_THAN_KNOWN), root)
    if held is not None and _rank(said, kept, absorbed) == _rank_held(held):
        return Decision((), "already-known", flags, root)
    if refused:
        return Decision((), "refused", (NOT_ALLOWED,), root)

    histories = Histories((kept, absorbed))
    records = sum(len(history.doses.records) for history in histories.by_id.values())
    if said.state == "linked" and (len(histories.by_id) > MOST or records > MOST_RECORDS):
        return Decision((), "refused", (TOO_MANY,), root)
    histories.write(*identified(kept.own, said.kept, ctx), *identified(absorbed.own, said.absorbed, ctx))
    before = {one.person_id: person.root.person_id for person in (kept, absorbed) for one in person.members}
    number = _number(said)
    words = [said]
    # Who was found to be two people stays found, whatever else is taken back.
    if said.state == "unlinked" and held is not None and (held.was_apart or held.state == "apart"):
        words.append(said._replace(state="apart"))
    for word in words:
        for person_id in _told(kept, absorbed):
            histories.write(_fact(word, _in_order(word, kept, absorbed), number, histories.by_id[person_id], ctx))
    settled = Settled()
    if histories.roots() != before:
        settled = settle(histories, before, other.homes, "linked" if said.state == "linked" else "unlinked", ctx)
    outcome, codes = _comes_to(said, held, kept, absorbed, histories)
    return Decision(tuple(histories.facts), outcome, (*flags, *codes), root, homes=settled.homes, roots=settled.roots)


def _may_not_be_linked(kept: Person, absorbed: Person, ctx: Context) -> bool:
    return any(never_linked(one.identity, ctx.definitions) for one in (*kept.members, *absorbed.members))


def _flags(said: UnderstoodLink, kept: Person, other: Counterpart, ctx: Context) -> tuple[str, ...]:
    if said.state != "linked":
        return ()
    sides = Side(said.kept, kept, other.births_of_kept), Side(said.absorbed, other.person, other.births)
    return codes_of(FLAGS_LINKING, Linking(said, *sides), ctx.today)


def part(person: Person, homes: Homes, reported_at: datetime, first: Histories, ctx: Context) -> Settled:
    """Take every link away that an identity has: it was found to be a secret one."""
    identity = person.own.person_id
    before = {one.person_id: person.root.person_id for one in person.members}
    for link in [link for link in first.links() if identity in (link.kept, link.absorbed)]:
        pair = pair_of(link.kept, link.absorbed)
        # Who was found to be two people stays found.
        for parts in (IdentitiesUnlinked, IdentitiesToldApart) if link.was_apart else (IdentitiesUnlinked,):
            for person_id in sorted({*pair, person.root.person_id}):
                about = person_id, first.next_version(person_id), ctx.now, ctx.receipt, reported_at, *pair
                first.write(parts(*about, "", "", ""))  # who said so would tell why
    return settle(first, before, homes, "unlinked", ctx)


def _rank(said: UnderstoodLink, kept: Person, absorbed: Person) -> tuple[datetime, int, str, int]:
    reason = said.reason if said.state == "linked" else ""
    one, _ = _in_order(said, kept, absorbed)
    return said.reported_at, _ORDER.index(said.state), reason, one


def _rank_held(held: Said) -> tuple[datetime, int, str, int]:
    return held.reported_at, _ORDER.index(held.state), held.reason, held.kept


def _in_order(said: UnderstoodLink, kept: Person, absorbed: Person) -> tuple[int, int]:
    """Kept and absorbed; two who are no longer one, or never were, in the order of their ids."""
    one, other = kept.own.person_id, absorbed.own.person_id
    return (one, other) if said.state == "linked" else pair_of(one, other)


def _number(said: UnderstoodLink) -> int:
    """The place of a link among all of a person's: when it was written, so that it does not matter when it arrived."""
    return (said.reported_at - _EPOCH) // timedelta(microseconds=1)


def _told(kept: Person, absorbed: Person) -> list[int]:
    """Everybody in whose history the fact must stand: two decisions about one of them then meet in the event store."""
    told = (kept.own, absorbed.own, kept.root, absorbed.root)
    return sorted({history.person_id for history in told})


def _fact(said: UnderstoodLink, pair: tuple[int, int], number: int, history: History, ctx: Context) -> PersonFact:
    about = (history.person_id, history.version + 1, ctx.now, ctx.receipt, said.reported_at, *pair)
    by = (said.evidence, said.by, ctx.sender)
    match said.state:
        case "linked":
            return IdentitiesLinked(*about, number, said.reason, *by)
        case "unlinked":
            return IdentitiesUnlinked(*about, *by)
        case "apart":
            return IdentitiesToldApart(*about, *by)


def _comes_to(
    said: UnderstoodLink, held: Said | None, kept: Person, absorbed: Person, histories: Histories
) -> tuple[Outcome, tuple[str, ...]]:
    """What the sender is told, and the codes that say more."""
    state = held.state if held else None
    if said.state == "linked":
        if held is not None and state == "linked":
            same = (held.kept, held.reason) == (kept.own.person_id, said.reason)
            return ("already-known" if same else "corrected"), ()
        codes = (WAS_TOLD_APART,) if state == "apart" else ()
        one_person = kept.root.person_id == absorbed.root.person_id
        return "recorded", (*codes, ALREADY_ONE_PERSON) if one_person else codes
    root = histories.roots()
    codes = (STILL_ONE_PERSON,) if root[kept.own.person_id] == root[absorbed.own.person_id] else ()
    if said.state == "apart":
        return ("already-known" if state == "apart" else "recorded"), codes
    if state == "linked":
        return "withdrawn", codes
    if state is None:
        return "recorded", (*codes, NEVER_LINKED)
    return "already-known", codes
