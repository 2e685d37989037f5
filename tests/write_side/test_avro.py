"""The write side's own encoder makes the same bytes as fastavro, for every schema and any content."""

from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from register.avro import encoder, field_names
from register.varints import zigzag
from schemas import schema, schemas_by_frame

NAMES = sorted(found.name for found in schemas_by_frame().values())


def values(kind: Any) -> st.SearchStrategy[Any]:
    match kind:
        case "string":
            return st.text(max_size=40)
        case "bytes":
            return st.binary(max_size=20)
        case "boolean":
            return st.booleans()
        case "int":
            return st.integers(-(2**31), 2**31 - 1)
        case "long":
            return st.integers(-(2**63), 2**63 - 1)
        case {"logicalType": "timestamp-micros"}:
            years = st.datetimes(datetime(1800, 1, 1), datetime(2200, 1, 1))
            return years.map(lambda naive: naive.replace(tzinfo=UTC))
        case {"logicalType": "date"}:
            return st.dates(date(1800, 1, 1), date(2200, 1, 1))
        case {"type": "array", "items": items}:
            return st.lists(values(items), max_size=3)
        case ["null", other]:
            return st.none() | values(other)
    raise NotImplementedError(kind)


@cache
def records(name: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({f["name"]: values(f["type"]) for f in schema(name).text["fields"]})


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_the_bytes_are_those_of_fastavro(name: str, data: st.DataObject) -> None:
    record = data.draw(records(name))
    assert encoder(name)([record[field] for field in field_names(name)]) == schema(name).encode(record)


@pytest.mark.parametrize("wrong", [None, "1", 2**63, -(2**63) - 1])
def test_a_value_that_does_not_fit_is_no_fact(wrong: Any) -> None:
    name = "PersonDied.v1"
    with pytest.raises((TypeError, OverflowError, AttributeError)):
        encoder(name)([wrong, 1, datetime(2021, 1, 1, tzinfo=UTC), "r", date(2021, 1, 1)])


def test_a_missing_field_is_no_fact() -> None:
    with pytest.raises(ValueError, match="shorter"):
        encoder("PersonDied.v1")([1, 2])


@given(st.integers(0, 2**64))
def test_varints_are_read_back(number: int) -> None:
    encoded = zigzag(number)
    assert sum((byte & 127) << 7 * place for place, byte in enumerate(encoded)) == number << 1
    assert all(byte > 127 for byte in encoded[:-1])
    assert encoded[-1] <= 127
