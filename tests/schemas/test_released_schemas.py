"""A released schema never changes: its text, its fingerprint and bytes of it are held here."""

import json
from copy import deepcopy
from datetime import UTC, date, datetime
from hashlib import sha256
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

import fastavro
import pytest

import schemas
from schemas import Undecodable, UnknownSchema, decode, schema, schemas_by_frame

RELEASED = Path(__file__).with_name("released.json")
"""Per schema name: SHA-256 of the file, the frame, one record's bytes (hex). To release a schema add a line
with `python -m tests.schemas.release NAME`; a line is never edited."""

INSTANT = datetime(2021, 4, 15, 14, 0, tzinfo=UTC)
NAMES = sorted(s.name for s in schemas_by_frame().values())


def released() -> dict[str, dict[str, str]]:
    held: dict[str, dict[str, str]] = json.loads(RELEASED.read_text(encoding="utf-8"))
    return held


def example(field_type: Any) -> Any:
    """A value of an Avro type, none of them the type's default."""
    match field_type:
        case ["null", other]:
            return example(other)
        case {"logicalType": "timestamp-micros"}:
            return INSTANT
        case {"logicalType": "date"}:
            return date(2021, 4, 11)
        case {"type": "array", "items": item}:
            return [example(item)]
        case "long":
            return 2**62 + 1
        case "int":
            return 2**30 + 1
        case "boolean":
            return True
        case "string":
            return "Umeå"
        case "bytes":
            return bytes(range(16))
    raise AssertionError(f"no example of {field_type}")


def example_record(name: str) -> dict[str, Any]:
    return {f["name"]: example(f["type"]) for f in schema(name).text["fields"]}


def test_every_schema_file_is_released_and_every_released_file_is_there() -> None:
    assert NAMES == sorted(released())


@pytest.mark.parametrize("name", NAMES)
def test_a_released_file_has_not_changed(name: str) -> None:
    file = files(schemas).joinpath(f"{name}.avsc").read_bytes()
    assert sha256(file).hexdigest() == released()[name]["file"], f"{name}.avsc is released: write a new version"
    assert schema(name).frame.hex() == released()[name]["frame"]


@pytest.mark.parametrize("name", NAMES)
def test_bytes_of_every_released_version_are_still_read(name: str) -> None:
    assert decode(bytes.fromhex(released()[name]["bytes"])) == (name, example_record(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_record_survives_its_bytes_and_nothing_may_be_missing_or_unknown(name: str) -> None:
    record = example_record(name)
    assert decode(schema(name).encode(record)) == (name, record)
    required = next(f["name"] for f in schema(name).text["fields"] if "default" not in f)
    with pytest.raises((ValueError, KeyError, TypeError)):
        schema(name).encode({k: v for k, v in record.items() if k != required})
    with pytest.raises(ValueError, match="personal_number"):
        schema(name).encode(record | {"personal_number": "x"})


@pytest.mark.parametrize("name", NAMES)
def test_broken_bytes_are_named_as_such(name: str) -> None:
    whole = schema(name).encode(example_record(name))
    with pytest.raises(Undecodable):
        decode(whole[:-1])
    with pytest.raises(Undecodable):
        decode(whole + b"\x00")
    with pytest.raises(UnknownSchema):
        decode(b"\xc3\x01" + b"\x00" * 8 + whole[10:])


@pytest.mark.parametrize("name", NAMES)
def test_every_field_says_what_it_is(name: str) -> None:
    text = schema(name).text
    assert text["doc"].endswith(".")
    assert all(field["doc"].endswith(".") for field in text["fields"])
    assert f"{text['name']}.{text['namespace'].removeprefix('vaxreg.')}" == name


@pytest.mark.parametrize("name", NAMES)
def test_the_columnar_reader_can_take_every_type(name: str) -> None:
    """Polars reads no nullable enum, no map and no union of more than two branches."""
    for field in schema(name).text["fields"]:
        example(field["type"])
        if isinstance(field["type"], list):
            assert field["type"][0] == "null"
            assert field["default"] is None


@pytest.mark.parametrize("name", NAMES)
def test_versions_of_a_schema_are_compatible_both_ways(name: str) -> None:
    """Every version reads every other version's bytes: an added field has a default, none is renamed."""
    kind = name.split(".")[0]
    for other in (n for n in NAMES if n.split(".")[0] == kind):
        assert read_as(schema(other), schema(name).encode(example_record(name)))


def test_the_compatibility_check_can_fail() -> None:
    newer = deepcopy(schema("PersonDied.v1").text)
    newer["fields"].append({"name": "place", "type": "string", "doc": "No default."})
    broken = schemas.Schema("PersonDied.v2", newer, fastavro.parse_schema(newer), b"")
    with pytest.raises(Exception, match="place"):
        read_as(broken, schema("PersonDied.v1").encode(example_record("PersonDied.v1")))


def read_as(reader: schemas.Schema, value: bytes) -> object:
    writer = schemas_by_frame()[value[:10]]
    return fastavro.schemaless_reader(BytesIO(value[10:]), writer.parsed, reader.parsed)
