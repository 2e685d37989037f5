"""An erasure from beginning to end: the keys, then what was sent; broken off anywhere, a second run goes on."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.errors import InsufficientPrivilege

from register import vault
from register.erasure.erase import Erased, Order, erase
from register.erasure.sweep import Swept, sweep
from register.identities.number import Identity
from register.settings import Settings
from register.store import FactRecorder
from register.vault import lingering


class CarriedOut(NamedTuple):
    """Who was erased now, what of theirs was found in reports and in quarantine, and whether an erasure went on."""

    erased: Erased
    swept: Swept
    begun_before: bool = False


def carry_out(
    settings: Settings, conn: Connection[Any], recorder: FactRecorder, identity: Identity, order: Order
) -> CarriedOut:
    """Erase whoever has this identity, also where an earlier run got no further than the keys."""
    sought, begun = _begun(lingering.every(conn, settings.keys), identity)
    begun_before, now = bool(begun), settings.clock()
    erased = erase(conn, recorder, settings.keys, sought, order=order, now=now)
    if erased.persons:
        vault.overwrite(conn)
        also = _begun(lingering.every(conn, settings.keys), identity)[1]
        begun |= also
    return CarriedOut(erased, _swept(settings, conn, erased.identities, begun), begun_before)


def finish(settings: Settings, conn: Connection[Any]) -> Swept:
    """Look again for every number of erased people that reports may still hold."""
    left = lingering.every(conn, settings.keys)
    if not left:
        return Swept()
    identities = frozenset(identity for one in left for identity in one.identities)
    return _swept(settings, conn, identities, {one.id for one in left})


def _begun(left: Iterable[lingering.Lingering], identity: Identity) -> tuple[frozenset[Identity], set[int]]:
    """All numbers that were erased with this one and may still stand somewhere, and where that is noted."""
    sought, noted, left = frozenset((identity,)), set[int](), list(left)
    while more := [one for one in left if one.id not in noted and one.identities & sought]:
        noted |= {one.id for one in more}
        sought |= frozenset(identity for one in more for identity in one.identities)
    return sought, noted


def _swept(settings: Settings, conn: Connection[Any], identities: Iterable[Identity], noted: Iterable[int]) -> Swept:
    swept = sweep(settings, conn, identities)
    if not swept.undecided:
        lingering.gone(conn, noted)
    # What is deleted stays on PostgreSQL's pages until they are cleared, and in its log until that is let go of.
    conn.execute("VACUUM vault.lingering, register.quarantine, register.records")
    for let_go in ("SELECT pg_switch_wal()", "CHECKPOINT"):
        with suppress(InsufficientPrivilege):
            conn.execute(let_go)
    return swept
