"""After a restored backup: whoever was erased is erased again, because the vault's backup still had the key."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

from register import vault
from register.erasure.erase import destroy, forget_receipts
from register.erasure.table import erased
from register.vault import Keys, lingering

log = logging.getLogger(__name__)

# Reports are kept for a week, and what a broker deletes is gone from its disk some hours later. Intake asks once a day,
# so that no number is kept for more than nine days.
LINGERS_AT_MOST, ASKED_EVERY = timedelta(days=8), timedelta(days=1)


def let_go(conn: Connection[Any], now: datetime) -> None:
    """Look no longer for numbers of the erased that are in no report any more; outside any transaction."""
    if lingering.forget_before(conn, now - LINGERS_AT_MOST):
        conn.execute("VACUUM vault.lingering")


def erase_again(conn: Connection[Any], keys: Keys, now: datetime, also: Sequence[int] = ()) -> int:
    """Destroy the keys that came back of those whom the facts (and `also`) name as erased; how many there were.

    Cheap where nothing came back, so that whoever opens the vault begins with it.
    """
    let_go(conn, now)
    back = vault.with_keys(conn, [*erased(conn), *also])
    if not back:
        return 0
    with conn.transaction():
        # They may have been one person or several: each number is looked for, and none needs to lead to another.
        for person_id in back:
            destroy(conn, keys, [person_id], vault.reveal(conn, keys, [person_id]).values(), now)
        forget_receipts(conn, back)
    vault.overwrite(conn)
    log.warning("%s erased identities came back with a backup and were erased again", len(back))
    return len(back)
