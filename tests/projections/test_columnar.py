"""Columns and record-by-record reading give the same facts; what neither reads is kept, and nothing stops."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka.record.default_records import DefaultRecordBatch

import projections.columnar
import schemas
from projections.avro_block import Misread, varint
from projections.batches import RecordBatch, record_batch
from projections.columnar import Decoded, decode
from projections.one_by_one import read_one_by_one
from projections.wanted import wanted
from tests.projections import facts
from tests.projections.facts import a_death, a_dose, a_move, a_registration, a_restatement, encoded, histories
from tests.projections.stored import GZIP, LZ4, NONE, ZSTD, Entry, a_batch, stored

EVERY_FIELD = {
    name: tuple(field["name"] for field in schemas.schema(name).text["fields"])
    for name in (
        "DoseRecorded.v1",
        "PersonMoved.v1",
        "PersonRegistered.v1",
        "PersonDied.v1",
        "PersonRestated.v1",
        "Receipt.v1",
    )
}
DOSE = encoded(a_dose(7, 2))
MOVE = encoded(a_move(7, 1))


@pytest.fixture
def columns_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """No batch may be read record by record."""

    def refuse(*_: object) -> None:
        raise AssertionError("read one by one")

    monkeypatch.setattr(projections.columnar, "read_one_by_one", refuse)


def read(*batches: RecordBatch, first: int = 0, end: int | None = None) -> Decoded:
    return decode("events.test", 3, batches, EVERY_FIELD, first=first, end=end)


def slowly(batches: Sequence[RecordBatch]) -> Decoded:
    """The same by the other way alone."""
    by_name = {name: wanted(name, frozenset(fields)) for name, fields in EVERY_FIELD.items()}
    decoded = Decoded("events.test", 3)
    for piece in [read_one_by_one(batch, by_name) for batch in batches]:
        decoded.unreadable += piece.unreadable
        for name, frame in piece.frames.items():
            decoded.frames[name] = pl.concat([decoded.frames.get(name, frame.clear()), frame])
    return decoded


def offsets(decoded: Decoded) -> list[int]:
    return sorted(offset for frame in decoded.frames.values() for offset in frame["_offset"])


def reasons(decoded: Decoded) -> dict[int, str]:
    return {each.offset: each.reason for each in decoded.unreadable}


@pytest.mark.usefixtures("columns_only")
def test_facts_come_out_with_the_values_that_went_in() -> None:
    told = [a_registration(5, 1), a_dose(5, 2, flags=["D1", "Å"], batch="å" * 80), a_move(6, 1), a_death(5, 3)]
    told += [a_restatement(5, 4), a_restatement(6, 2, residence_days=[])]
    decoded = read(a_batch([encoded(fact) for fact in told], base_offset=40))
    for offset, (name, fields) in enumerate(told, 40):
        row = decoded.frames[name].row(by_predicate=pl.col("_offset") == offset, named=True)
        assert row == fields | {"_offset": offset, "_topic": "events.test", "_partition": 3}


def test_a_text_comes_out_without_nul_which_no_table_could_hold() -> None:
    batches = [a_batch([encoded(a_dose(5, 2, batch="\0E\0X1"))])]
    for decoded in (read(*batches), slowly(batches)):
        assert decoded.frames["DoseRecorded.v1"]["batch"].to_list() == ["EX1"]


@pytest.mark.usefixtures("columns_only")
def test_only_the_wanted_fields_of_the_wanted_schemas_are_read() -> None:
    batches = [a_batch([MOVE, DOSE])]
    decoded = decode("events.test", 0, batches, {"DoseRecorded.v1": ("given_on", "dose_number")})
    assert decoded.frames.keys() == {"DoseRecorded.v1"}
    schema = {"given_on": pl.Date, "dose_number": pl.Int32, "_offset": pl.Int64, "_topic": pl.String}
    assert decoded.frames["DoseRecorded.v1"].schema == schema | {"_partition": pl.Int32}
    assert not decoded.unreadable


@pytest.mark.usefixtures("columns_only")
@pytest.mark.parametrize("codec", [NONE, GZIP, LZ4, ZSTD])
def test_every_compression_that_is_installed_is_read(codec: int) -> None:
    told = [encoded(fact) for fact in histories(500, 60)]
    decoded = read(a_batch(told[:200], 0, codec), a_batch(told[200:], 200, codec))
    assert offsets(decoded) == list(range(500))


@pytest.mark.usefixtures("columns_only")
def test_a_schema_that_nobody_here_knows_is_kept_and_the_rest_is_read_in_columns() -> None:
    key = DOSE[0]
    newer = b"\xc3\x01newer..." + b"body"
    decoded = read(a_batch([DOSE, (key, newer), MOVE, (key, b"short"), (key, b"")]))
    assert offsets(decoded) == [0, 2]
    assert [(each.offset, each.key, each.value) for each in decoded.unreadable] == [
        (1, key, newer),
        (3, key, b"short"),
        (4, key, b""),
    ]
    assert {each.reason for each in decoded.unreadable} == {"unknown schema"}


@pytest.mark.usefixtures("columns_only")
def test_a_read_that_begins_or_ends_inside_a_batch_gets_no_more_than_it_asked_for() -> None:
    told = [encoded(fact) for fact in histories(30, 4)]
    batches = [a_batch(told[:10]), a_batch(told[10:20], 10), a_batch(told[20:], 20)]
    assert offsets(read(*batches, first=7, end=23)) == list(range(7, 23))
    assert offsets(read(*batches, end=25)) == list(range(25))
    assert offsets(read(*batches, first=5)) == list(range(5, 30))


def test_what_lies_before_the_place_asked_for_is_not_kept_as_unreadable_again() -> None:
    decoded = read(a_batch([(None, None), DOSE, (None, None)]), first=1)
    assert offsets(decoded) == [1]
    assert reasons(decoded) == {2: "no value"}


@pytest.mark.usefixtures("columns_only")
def test_order_within_a_partition_can_be_restored_from_the_offsets() -> None:
    told = list(histories(300, 5))
    frames = read(a_batch([encoded(fact) for fact in told], 1000)).frames
    order = pl.concat(frame.select("_offset", "person_id", "version") for frame in frames.values()).sort("_offset")
    assert order.rows() == [(1000 + i, f["person_id"], f["version"]) for i, (_, f) in enumerate(told)]


def _with_a_long_dose_number() -> bytes:
    """2³¹, one more than an Avro int holds, in place of the dose number 1."""
    return _replaced("dose_number", b"\x02\x02", b"\x02" + varint(2**31))


def _with_a_day_after_9999() -> bytes:
    return _replaced("given_on", varint((date(2021, 5, 3) - date(1970, 1, 1)).days), varint(4_000_000))


def _with_an_instant_after_9999() -> bytes:
    recorded = (facts.NOON + timedelta(seconds=2) - datetime(1970, 1, 1, tzinfo=facts.NOON.tzinfo)) // timedelta(
        microseconds=1
    )
    return _replaced("recorded_at", varint(recorded), varint(2**60))


def _with_a_residence_after_9999() -> Entry:
    key, value = encoded(a_restatement(7, 2))
    day = varint((date(2021, 2, 1) - date(1970, 1, 1)).days)
    assert value.count(day) == 1
    return key, value.replace(day, varint(4_000_000))


def _replaced(_field: str, old: bytes, new: bytes) -> bytes:
    assert DOSE[1].count(old) == 1
    return DOSE[1].replace(old, new)


BROKEN: dict[str, tuple[Entry, str]] = {
    "no value": ((DOSE[0], None), "no value"),
    "no key": ((None, DOSE[1]), "key is not the id"),
    "somebody else's key": ((MOVE[0][::-1], DOSE[1]), "key is not the id"),
    "a key of four bytes": ((DOSE[0][:4], DOSE[1]), "key is not the id"),
    "half a value": ((DOSE[0], DOSE[1][:60]), "undecodable"),
    "nothing after the frame": ((DOSE[0], DOSE[1][:10]), "undecodable"),
    "bytes after the value": ((DOSE[0], DOSE[1] + b"\0"), "undecodable: bytes left over"),
    "a value twice": ((DOSE[0], DOSE[1] * 2), "undecodable: bytes left over"),
    "a number too large for its field": ((DOSE[0], _with_a_long_dose_number()), "undecodable: number out of range"),
    "a day after 9999": ((DOSE[0], _with_a_day_after_9999()), "undecodable: number out of range"),
    "a residence after 9999": (_with_a_residence_after_9999(), "undecodable: number out of range"),
    "an instant after 9999": ((DOSE[0], _with_an_instant_after_9999()), "undecodable: number out of range"),
    "text that is no UTF-8": ((DOSE[0], DOSE[1].replace(b"COVID", b"\xff\xfe\xfd\xfc\xfb")), "undecodable"),
    "a text longer than the batch": ((DOSE[0], DOSE[1].replace(b"\x12Comirnaty", varint(2**40))), "undecodable"),
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("where", ["first", "middle", "last", "alone"])
@pytest.mark.parametrize(("entry", "reason"), BROKEN.values(), ids=BROKEN.keys())
def test_what_cannot_be_read_is_kept_whole_and_everything_around_it_is_read(
    entry: Entry, reason: str, where: str
) -> None:
    good = [encoded(fact) for fact in histories(40, 6)]
    place = {"first": 0, "middle": 20, "last": 40, "alone": 0}[where]
    around = [] if where == "alone" else good
    told: list[Entry] = [*around[:place], entry, *around[place:]]
    decoded = read(a_batch(told[:30]), a_batch(told[30:], 30)) if around else read(a_batch(told))
    assert offsets(decoded) == [offset for offset in range(len(told)) if offset != place]
    [kept] = decoded.unreadable
    assert (kept.offset, kept.key, kept.value, kept.reason) == (place, entry[0], entry[1], reason)


def test_headers_are_passed_over() -> None:
    told: list[Entry] = [DOSE, (*MOVE, [("trace", b"abc"), ("empty", b"")]), DOSE]
    decoded = read(a_batch(told))
    assert offsets(decoded) == [0, 1, 2]
    assert not decoded.unreadable


def test_a_key_is_not_asked_of_schemas_that_are_about_nobody() -> None:
    receipt = schemas.schema("Receipt.v1").encode(
        {
            "receipt": "test-0-1",
            "sender": "test",
            "kind": "dose",
            "outcome": "recorded",
            "codes": [],
            "system_name": "Journal",
            "unique_reference": "1",
            "dose_id": None,
            "report_topic": "reports.test",
            "report_partition": 0,
            "report_offset": 1,
            "reported_at": facts.NOON,
            "recorded_at": facts.NOON,
            "upload": None,
            "upload_name": None,
            "row": None,
        }
    )
    decoded = read(a_batch([(b"upload", receipt), (None, receipt), (b"", receipt)]))
    assert decoded.frames["Receipt.v1"]["_offset"].to_list() == [0, 1, 2]
    assert not decoded.unreadable


@pytest.mark.parametrize("count", [2, 4, 1000, 0])
def test_a_batch_that_counts_its_records_wrongly_gives_what_it_has_and_is_kept(count: int) -> None:
    lying = bytearray(stored([DOSE, MOVE, DOSE], 10))
    lying[57:61] = count.to_bytes(4, "big")
    decoded = read(a_batch([DOSE] * 10), record_batch(DefaultRecordBatch(lying)), a_batch([MOVE] * 5, 13))
    assert offsets(decoded) == [*range(10), *range(10, 10 + min(count, 3)), *range(13, 18)]
    [kept] = decoded.unreadable
    assert kept.reason == "damaged batch"


def test_a_batch_that_cannot_be_uncompressed_is_kept_and_passed_over() -> None:
    damaged = bytearray(stored([DOSE] * 50, 10, ZSTD))
    damaged[65:90] = bytes(25)
    decoded = read(a_batch([DOSE] * 10), record_batch(DefaultRecordBatch(damaged)), a_batch([MOVE] * 5, 60))
    assert offsets(decoded) == [*range(10), *range(60, 65)]
    [kept] = decoded.unreadable
    assert (kept.offset, kept.reason) == (10, "batch cannot be uncompressed")
    assert kept.value == bytes(damaged)


def test_no_batches_are_no_facts() -> None:
    assert read() == Decoded("events.test", 3)


some_facts = st.builds(
    lambda kind, person, version: kind(person, version),
    st.sampled_from([a_dose, a_move, a_registration, a_death, a_restatement]),
    st.integers(1, 2**63 - 1),
    st.integers(1, 2**30),
).map(encoded)
texts = st.text(st.characters(codec="utf-8"), max_size=80)
odd_doses = st.builds(
    lambda person, **fields: encoded(a_dose(person, 1, dose_id=person, **fields)),
    st.integers(1, 2**63 - 1),
    batch=texts,
    care_unit=texts,
    flags=st.lists(texts, max_size=4),
    dose_number=st.none() | st.integers(-(2**31), 2**31 - 1),
    given_on=st.dates(),
    record=st.binary(max_size=40),
    suspected_duplicate_of=st.none() | st.integers(-(2**63), 2**63 - 1),
    recorded_at=st.datetimes(timezones=st.just(facts.NOON.tzinfo)),
)
broken = st.sampled_from([entry for entry, _ in BROKEN.values()])
with_headers = some_facts.map(lambda fact: (*fact, [("a", b"b")]))
cut = st.builds(lambda fact, size: (fact[0], fact[1][:size]), some_facts, st.integers(0, 60))
entries = st.one_of(some_facts, some_facts, odd_doses, some_facts, broken, with_headers, cut)


@settings(max_examples=150, deadline=None)
@given(
    batches=st.lists(
        st.tuples(st.lists(entries, min_size=1, max_size=12), st.sampled_from([NONE, GZIP, LZ4, ZSTD])), max_size=6
    )
)
def test_columns_and_record_by_record_agree_on_whatever_comes(
    batches: list[tuple[list[Entry], int]],
) -> None:
    twice: list[list[RecordBatch]] = [[], []]
    for made in twice:
        at = 0
        for records, codec in batches:
            made.append(a_batch(records, at, codec))
            at += len(records)
    fast, slow = read(*twice[0]), slowly(twice[1])
    assert fast.frames.keys() == slow.frames.keys()
    for name, frame in slow.frames.items():
        assert fast.frames[name].drop("_topic", "_partition").equals(frame)
        assert fast.frames[name].schema == frame.schema | {"_topic": pl.String, "_partition": pl.Int32}
    assert fast.unreadable == slow.unreadable
    assert sorted([*offsets(fast), *reasons(fast)]) == list(range(sum(len(records) for records, _ in batches)))


@settings(max_examples=200, deadline=None)
@given(place=st.integers(10, 200), byte=st.integers(0, 255), told=st.lists(some_facts, min_size=1, max_size=5))
def test_whatever_a_damaged_value_holds_no_fact_around_it_is_lost(
    place: int, byte: int, told: list[tuple[bytes, bytes]]
) -> None:
    value = bytearray(DOSE[1])
    value[place % (len(value) - 10) + 10] = byte
    decoded = read(a_batch([*told, (DOSE[0], bytes(value)), *told]))
    every = [*offsets(decoded), *reasons(decoded)]
    assert sorted(every) == list(range(2 * len(told) + 1))
    assert reasons(decoded).keys() <= {len(told)}


def test_a_field_that_a_schema_does_not_have_is_a_mistake_in_the_program() -> None:
    with pytest.raises(KeyError, match="no_such_field"):
        wanted("DoseRecorded.v1", frozenset({"no_such_field"}))


def test_every_released_schema_can_be_read_in_columns() -> None:
    for schema in schemas.schemas_by_frame().values():
        fields = frozenset(field["name"] for field in schema.text["fields"])
        reading = wanted(schema.name, fields)
        assert reading.decode(bytes(8), reading.sentinel).keys() == fields
    with pytest.raises(Misread):
        reading.decode(None, reading.sentinel + b"\0")
