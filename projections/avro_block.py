"""Any number of Avro records read by Polars in one call, or not at all."""

import json
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import polars as pl

_SYNC = bytes(16)


class Misread(Exception):
    """The bytes are not, or not surely, the records that they were taken for."""


def container_header(schema: dict[str, Any]) -> bytes:
    """What precedes the blocks of an Avro object container file (Avro 1.11, "Object Container Files")."""
    meta = {b"avro.codec": b"null", b"avro.schema": json.dumps(schema).encode()}
    pairs = (varint(len(key)) + key + varint(len(value)) + value for key, value in meta.items())
    return b"".join((b"Obj\x01", varint(len(meta)), *pairs, b"\0", _SYNC))


def read_block(header: bytes, count: int, body: Iterable[bytes | memoryview], columns: Sequence[str]) -> pl.DataFrame:
    """These columns of `count` records; raises Misread. Bytes after the last record are not noticed here."""
    parts = [*body]
    size = sum(map(len, parts))
    block = BytesIO(b"".join((header, varint(count), varint(size), *parts, _SYNC)))
    try:
        frame = pl.read_avro(block, columns=list(columns))
    except (pl.exceptions.PolarsError, OSError) as why:
        raise Misread(type(why).__name__) from None
    # A panic in Rust is a BaseException here. Every read is bounds-checked, so it leaves nothing half done.
    except pl.exceptions.PanicException as why:
        raise Misread("panic") from why
    if frame.height != count:
        raise Misread("count")
    return frame


def varint(number: int) -> bytes:
    """A number ≥ 0 as an Avro (and Kafka) zigzag varint."""
    rest, out = number << 1, bytearray()
    while rest > 127:
        out.append(rest & 127 | 128)
        rest >>= 7
    out.append(rest)
    return bytes(out)
