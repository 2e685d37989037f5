"""Records of systems whose history was erased: that they were is remembered, which history it was is not.

A system may send such a record again, in a nightly file or as a correction. Taken as a new record it would be counted
a second time, and its key, which stands in the erased history too, would tie the new person to the old one. So it is
refused by a code of its own: the dose stays counted, as the order left it.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection

# In the place of a history: no tag of ids.py is 0, and no history has this id.
ERASED = UUID(int=0)
RECORD_ERASED = "RECORD-ERASED"


def forget(conn: Connection[Any], records: Sequence[bytes], streams: Sequence[UUID]) -> int:
    """Let no record lead to these histories any more; the number of records that did."""
    # In the order in which intake holds records: neither waits for the other in a circle.
    led = conn.execute(
        "WITH led AS (SELECT record FROM register.records WHERE record = ANY(%s) AND stream = ANY(%s)"
        " ORDER BY record FOR UPDATE)"
        " UPDATE register.records AS kept SET stream = %s FROM led WHERE kept.record = led.record",
        (sorted(records), list(streams), ERASED),
    )
    return led.rowcount
