"""The words of the register in Avro: one file per report and per fact version, and how they are framed.

Every Kafka value and every stored event is Avro single-object encoding (Avro 1.11 specification, "Single-object
encoding"): two marker bytes, the schema's 8-byte Rabin fingerprint (little endian), the body. A released schema
file never changes; a new meaning is a new version in a new file.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any, cast

from fastavro import parse_schema, schemaless_reader, schemaless_writer
from fastavro.schema import fingerprint, to_parsing_canonical_form

MARKER = b"\xc3\x01"
FRAME_LENGTH = 10

Record = dict[str, Any]


class UnknownSchema(Exception):
    """The bytes are no single-object encoding of a schema in this folder."""


class Undecodable(Exception):
    """The bytes name a known schema but are not one whole record of it."""


@dataclass(frozen=True, eq=False)
class Schema:
    """A released schema: `name` (file name, e.g. `DoseRecorded.v1`), `frame` (first 10 bytes of every value)."""

    name: str
    text: Record
    parsed: Any
    frame: bytes

    def encode(self, record: Record) -> bytes:
        """Bytes of one record, framed; raises ValueError on a missing or an unknown field."""
        out = BytesIO(self.frame)
        out.seek(FRAME_LENGTH)
        schemaless_writer(out, self.parsed, record, strict=True)
        return out.getvalue()

    def decode_body(self, value: bytes) -> Record:
        """The record in framed bytes whose frame is known to be this schema's; raises Undecodable."""
        source = BytesIO(value)
        source.seek(FRAME_LENGTH)
        try:
            record = schemaless_reader(source, self.parsed, None)
        except Exception as broken:
            raise Undecodable(self.name) from broken
        if source.tell() != len(value):
            raise Undecodable(f"{self.name}: bytes left over")
        return cast(Record, record)


@cache
def schema(name: str) -> Schema:
    """The released schema of that name, e.g. `DoseRecorded.v1`; raises UnknownSchema."""
    try:
        text = json.loads(files(__name__).joinpath(f"{name}.avsc").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UnknownSchema(name) from None
    rabin = bytes.fromhex(fingerprint(to_parsing_canonical_form(text), "CRC-64-AVRO"))
    return Schema(name, text, parse_schema(text), MARKER + rabin)


@cache
def schemas_by_frame() -> dict[bytes, Schema]:
    """Every released schema by the 10 bytes that its values begin with."""
    names = sorted(f.name.removesuffix(".avsc") for f in files(__name__).iterdir() if f.name.endswith(".avsc"))
    return {s.frame: s for s in map(schema, names)}


def decode(value: bytes) -> tuple[str, Record]:
    """(schema name, record) of framed bytes; raises UnknownSchema or Undecodable."""
    found = schemas_by_frame().get(value[:FRAME_LENGTH])
    if found is None:
        raise UnknownSchema(value[:FRAME_LENGTH].hex())
    return found.name, found.decode_body(value)
