"""Whose report each fact goes back to: what the register's own receipts say, as most facts carry no more than these."""

from collections.abc import Iterable
from typing import Any

from psycopg import Connection

from register.extract.told import Source
from schemas import decode


def sources_of(conn: Connection[Any], receipts: Iterable[str]) -> dict[str, Source]:
    """Sender and system by the number of the receipt; what is not there is left out."""
    rows = conn.execute("SELECT receipt, state FROM register.receipts WHERE receipt = ANY(%s)", (list(receipts),))
    said = ((receipt, decode(bytes(state))[1]) for receipt, state in rows)
    return {receipt: Source(state["sender"], state["system_name"]) for receipt, state in said}
