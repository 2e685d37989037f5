"""What is read of one schema: which fields, how Polars and fastavro are told, and what counts as readable.

Both ways of reading take the same wire types. Numbers are read as 64 bits and checked before they are narrowed,
because Polars turns what does not fit into something else in silence; text that nobody asked for is not checked.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from io import BytesIO
from typing import Any, cast

import polars as pl
import polars.selectors as cs
from fastavro import parse_schema, schemaless_reader

import schemas
from projections.avro_block import Misread, container_header
from schemas import FRAME_LENGTH, Record, Schema

# Whose 8 bytes, big-endian, are the key of the record; an id that can be missing is no key.
ID_FIELDS = ("person_id", "stock_id")
FRAME = "_frame"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000_000  # microseconds
_FIRST_DAY, _LAST_DAY = ((day - _EPOCH.date()).days for day in (date.min, date.max))


@dataclass(frozen=True, slots=True)
class Narrow:
    """A number, or a list of them, read as 64 bits: the range that is allowed, and the type it becomes."""

    least: int
    most: int
    becomes: pl.DataType

    def holds(self, value: int | list[int] | None) -> bool:
        """Is the number, or every number of the list, in the range?"""
        numbers = value if isinstance(value, list) else [value]
        return all(number is None or self.least <= number <= self.most for number in numbers)


_INT = Narrow(-(2**31), 2**31 - 1, pl.Int32())
_DATE = Narrow(_FIRST_DAY, _LAST_DAY, pl.Date())
_INSTANT = Narrow(_FIRST_DAY * _DAY, (_LAST_DAY + 1) * _DAY - 1, pl.Datetime("us", "UTC"))
_PLAIN = {"long": pl.Int64(), "string": pl.String(), "bytes": pl.Binary(), "boolean": pl.Boolean()}


@dataclass(frozen=True, eq=False)
class Wanted:
    """The wanted fields of a schema, ready to be read in either way."""

    schema: Schema
    id_field: str | None
    wire: pl.Schema  # wanted fields, before numbers are narrowed
    narrow: dict[str, Narrow]
    header: bytes
    parsed: Any
    sentinel: bytes

    def narrowed(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with the types that projections see; raises Misread if a number is out of its range."""
        for name, narrow in self.narrow.items():
            numbers = frame[name].explode() if isinstance(self.wire[name], pl.List) else frame[name]
            least, most = cast(tuple[int | None, int | None], (numbers.min(), numbers.max()))
            if least is not None and most is not None and not narrow.least <= least <= most <= narrow.most:
                raise Misread(f"{self.schema.name}: {name} is out of range")
        frame = frame.with_columns(pl.col(name).cast(narrow.becomes) for name, narrow in self.narrow.items())
        # PostgreSQL's text cannot hold NUL: one that came in would stop every projection at this fact for ever.
        return frame.with_columns(cs.string().str.replace_all("\0", "", literal=True))

    def decode(self, key: bytes | None, value: bytes) -> Record:
        """The wanted fields of one value whose frame is this schema's; raises Misread."""
        source = BytesIO(value)
        source.seek(FRAME_LENGTH)
        try:
            record = cast(Record, schemaless_reader(source, self.parsed, None))
        except Exception as why:  # fastavro raises whatever the damage leads to
            raise Misread("undecodable") from why
        if source.tell() != len(value):
            raise Misread("undecodable: bytes left over")
        if not all(narrow.holds(record[name]) for name, narrow in self.narrow.items()):
            raise Misread("undecodable: number out of range")
        if self.id_field is not None and key != (record[self.id_field] & (2**64 - 1)).to_bytes(8, "big"):
            raise Misread("key is not the id")
        return {name: record[name] for name in self.wire}


@cache
def wanted(name: str, fields: frozenset[str]) -> Wanted:
    """How to read these fields of a schema, in the schema's order; raises KeyError for a field it has not."""
    schema = schemas.schema(name)
    types = {field["name"]: field["type"] for field in schema.text["fields"]}
    if missing := fields - types.keys():
        raise KeyError(f"{name} has no {', '.join(sorted(missing))}")
    id_field = next((each for each in ID_FIELDS if types.get(each) == "long"), None)
    wire, narrow = pl.Schema(), dict[str, Narrow]()
    for field, kind in types.items():
        if field in fields:
            wire[field], limits = _read_as(kind)
            if limits is not None:
                narrow[field] = limits
    body = [{"name": each, "type": _on_the_wire(kind, each in fields)} for each, kind in types.items()]
    frame = {"name": FRAME, "type": {"type": "fixed", "name": "Frame", "size": FRAME_LENGTH}}
    return Wanted(
        schema=schema,
        id_field=id_field,
        wire=wire,
        narrow=narrow,
        header=container_header({"type": "record", "name": "Value", "fields": [frame, *body]}),
        parsed=parse_schema({"type": "record", "name": "Value", "fields": body}),
        sentinel=_sentinel(schema),
    )


def _sentinel(schema: Schema) -> bytes:
    """A record of nothing but zeros and empty texts, put after the last one: it comes out whole if all did."""
    value = schema.frame + bytes(len(schema.text["fields"]))
    schema.decode_body(value)
    return value


def _read_as(kind: Any) -> tuple[pl.DataType, Narrow | None]:
    match kind:
        case ["null", other]:
            return _read_as(other)
        case "int":
            return pl.Int64(), _INT
        case {"logicalType": "date"}:
            return pl.Int64(), _DATE
        case {"logicalType": "timestamp-micros"}:
            return pl.Int64(), _INSTANT
        case {"type": "array", "items": items}:
            read, narrow = _read_as(items)
            return pl.List(read), narrow and replace(narrow, becomes=pl.List(narrow.becomes))
    return _PLAIN[kind], None


def _on_the_wire(kind: Any, is_wanted: bool) -> Any:
    """The type whose bytes are the same, without a check that only one of the two readers would make."""
    match kind:
        case ["null", other]:
            return ["null", _on_the_wire(other, is_wanted)]
        case "int" | {"type": "int" | "long"}:
            return "long"
        case {"type": "array", "items": items}:
            return {"type": "array", "items": _on_the_wire(items, is_wanted)}
        case "string":
            return "string" if is_wanted else "bytes"
    return kind
