"""A person's keys destroyed and the fact that they were, in one transaction; totals are facts and stay."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from psycopg import Connection
from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation

from register import receipts, store, vault
from register.erasure.facts import PersonErased
from register.erasure.records import forget
from register.facts import PersonFact
from register.identities.number import Identity
from register.ids import PERSON_TAG, stream
from register.links.store import identities_of, root_of
from register.masking import masked, own_identity
from register.own_words import marks_of_both
from register.people import History, history_of
from register.store import FactRecorder, stored
from register.vault import Keys, lingering, texts

log = logging.getLogger(__name__)

CONFLICTS = 500  # times that intake may have written to one of the person's histories first


class ErasureOvertaken(Exception):
    """Reports about the person came faster than the erasure could be decided; nothing was done."""


class Order(NamedTuple):
    """The order that is carried out, by whom, and in which role."""

    reference: str
    by: str
    role: str


class Erased(NamedTuple):
    """Who was erased, by ids (nobody: the register knew none of the identities), and every identity of theirs."""

    persons: tuple[int, ...]
    identities: frozenset[Identity]


def erase(
    conn: Connection[Any],
    recorder: FactRecorder,
    keys: Keys,
    sought: Iterable[Identity],
    *,
    order: Order,
    now: datetime,
) -> Erased:
    """Erase whoever is known by any of these identities, with all identities of theirs; raises ErasureOvertaken."""
    for _ in range(CONFLICTS):
        try:
            with conn.transaction():
                # One state of the vault, the links and the histories: what changed meanwhile is a conflict.
                conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                return _erase(conn, recorder, keys, frozenset(sought), order=order, now=now)
        except (UniqueViolation, DeadlockDetected, SerializationFailure) as conflict:
            log.info("an erasure is decided again (%s)", type(conflict).__name__)
    raise ErasureOvertaken(ErasureOvertaken.__doc__)


def _erase(
    conn: Connection[Any],
    recorder: FactRecorder,
    keys: Keys,
    sought: frozenset[Identity],
    *,
    order: Order,
    now: datetime,
) -> Erased:
    found = vault.find(conn, [keys.lookup(identity) for identity in sought]).values()
    persons = sorted({each for person_id in found for each in identities_of(conn, root_of(conn, person_id))})
    identities = sought | frozenset(vault.reveal(conn, keys, persons).values())
    if not persons:
        return Erased((), identities)
    by = order._replace(reference=_masked(order.reference, identities))
    facts = [
        PersonErased(history.person_id, history.version + 1, now, "", *by)
        for history in destroy(conn, keys, persons, identities, now)
    ]
    forget_receipts(conn, persons)
    with conn.cursor() as curs:
        # Last, because it takes the lock that every writer of facts waits for.
        recorder.append(curs, map(stored, facts))
    return Erased(tuple(persons), identities)


def destroy(
    conn: Connection[Any], keys: Keys, persons: Sequence[int], identities: Iterable[Identity], now: datetime
) -> list[History]:
    """Nothing leads to these persons' histories any more, in the caller's transaction; the histories as they are."""
    facts = _facts(conn, persons)
    histories = [history_of(person_id, told) for person_id, told in facts.items()]
    lingering.add(conn, keys, identities, now)
    for person_id in persons:
        vault.erase(conn, person_id)
    texts.forget(conn, marks_of_both((fact for told in facts.values() for fact in told), persons))
    records = {record for one in histories for record in (*one.doses.records, *one.identity.registrations)}
    forget(conn, sorted(records), [stream(PERSON_TAG, person_id) for person_id in persons])
    return histories


def forget_receipts(conn: Connection[Any], persons: Sequence[int]) -> None:
    """Let no receipt name a record or a dose of these persons any more: one walk through all receipts."""
    told = {fact.receipt for facts in _facts(conn, persons).values() for fact in facts}
    receipts.forget(conn, persons, told)


def _facts(conn: Connection[Any], persons: Sequence[int]) -> dict[int, list[PersonFact]]:
    streams = {person_id: stream(PERSON_TAG, person_id) for person_id in persons}
    found = cast(dict[Any, list[PersonFact]], store.histories(conn, [*streams.values()]))
    return {person_id: found.get(its_stream, []) for person_id, its_stream in streams.items()}


def _masked(reference: str, identities: Iterable[Identity]) -> str:
    """The order's reference without the person's numbers: a fact stays for ever."""
    for identity in identities:
        reference = masked(reference, own_identity({"identity_value": identity.value}))
    return reference
