"""Rows into PostgreSQL in its own binary format (COPY, "Binary Format"), for fields that are bytes already.

Half the time of psycopg's `write_row`, which asks of every value what type it is.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Cursor
from psycopg.sql import SQL, Identifier

_BEGIN = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_SHORT = 1024
_SIZES = [size.to_bytes(4, "big") for size in range(_SHORT)]


def copy(
    curs: Cursor[Any], table: tuple[str, str], columns: Sequence[str], rows: Iterable[Sequence[bytes | None]]
) -> None:
    """Write rows; each field as PostgreSQL keeps it: text in UTF-8, numbers big-endian, a UUID's 16 bytes, or NULL."""
    into = SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
        Identifier(*table), SQL(", ").join(map(Identifier, columns))
    )
    out = [_BEGIN]
    count = len(columns).to_bytes(2, "big")
    add = out.append
    for row in rows:
        add(count)
        for field in row:
            if field is None:
                add(_NULL)
                continue
            size = len(field)
            add(_SIZES[size] if size < _SHORT else size.to_bytes(4, "big"))
            add(field)
    if len(out) == 1:
        return
    out.append(_END)
    with curs.copy(into) as stream:
        stream.write(b"".join(out))
