"""The scanner over a register that has been through everything: it finds nothing; and whatever is planted, it finds."""

import bz2
import gzip
import json
import logging
import lzma
import os
import random
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import lz4.frame
import polars as pl
import psycopg
import pytest
import zstandard
from kafka import KafkaAdminClient, KafkaProducer
from psycopg.types.json import Jsonb

from connectors.privacy.finding import Finding
from connectors.privacy.looking import Looker
from connectors.privacy.paths import scan_paths
from connectors.privacy.scanning import Looked, scan
from register.access import Reader, reading_by
from register.erasure.carry_out import carry_out
from register.erasure.erase import Order
from register.identities.number import COORDINATION_ROOT, PERSONAL_ROOT, Identity, parse_identity
from register.settings import Settings
from register.store import FactRecorder, stored
from schemas import schema
from tests.identities.made_up import wide, with_check_digit
from tests.privacy.conftest import NOW, Register
from tests.write_side.builders import (
    REPORTED,
    a_delivery_report,
    a_dose_fact,
    a_dose_report,
    a_link_report,
    a_person_number,
    a_registration_report,
)

Conn = psycopg.Connection[Any]
NUMBER = a_person_number(333, 1990)
SHORT = f"{NUMBER[2:8]}-{NUMBER[8:]}"
LATER = REPORTED + timedelta(days=1)


def found_in(
    settings: Settings, *paths: Path, folder: Path | None = None, known: tuple[Identity, ...] = ()
) -> list[Finding]:
    found = list(scan(settings, Looker(known), list(paths), folder, Looked()))
    told = " ".join(" ".join(each) for each in found)
    assert NUMBER[2:] not in told
    assert SHORT not in told
    return found


def a_population_report(number: int, **said: Any) -> bytes:
    return schema("PopulationChangeReport.v1").encode(
        {
            **{field["name"]: "" for field in schema("PopulationChangeReport.v1").text["fields"]},
            "reported_at": REPORTED,
            "identity_root": PERSONAL_ROOT,
            "identity_value": a_person_number(number),
            "event": "registered",
            "on": "2020-01-01",
            "municipality": "2480",
            "deso": "2480C1010",
            "upload": None,
            "upload_name": None,
            "row": None,
            **said,
        }
    )


def a_broken_row(_number: int, **said: Any) -> bytes:
    row = {"code": "ROW-CELLS", "field": "", "upload": None, "upload_name": None, "row": 1}
    return schema("BrokenRowReport.v1").encode({**row, **said})


BUILDERS: dict[str, Callable[..., bytes]] = {
    "DoseReport.v1": a_dose_report,
    "ReserveNumberReport.v1": a_registration_report,
    "DeliveryReport.v1": a_delivery_report,
    "PopulationChangeReport.v1": a_population_report,
    "IdentityLinkReport.v1": lambda n, **said: a_link_report(n, n + 1, **said),
    "BrokenRowReport.v1": a_broken_row,
}


def texts_of(name: str) -> list[str]:
    """The fields of a report in which a sender can write what it likes."""
    return [field["name"] for field in schema(name).text["fields"] if field["type"] in ("string", ["null", "string"])]


def coordination(n: int) -> str:
    digits = a_person_number(n, 1960)
    return with_check_digit(f"{digits[:6]}{int(digits[6:8]) + 60}{digits[8:11]}")


def every_number_in_every_field() -> Iterator[bytes]:
    """A report for each field that can hold a text and each way to write a number in it; some are understood."""
    count = 1000
    for name, build in BUILDERS.items():
        for field in texts_of(name):
            for value in (a_person_number(count), coordination(count)):
                for text in (
                    value,
                    f"{value[2:8]}-{value[8:]}",
                    f"note {value[:8]} {value[8:]} !",
                    wide(value),
                    f"SE{value}-X",
                    f"{value}1530",
                ):
                    count += 1
                    yield build(count, **{field: text})
                    # Also the person's own number, in a field beside it.
                    if field not in ("identity_root", "identity_value"):
                        own = {"identity_root": PERSONAL_ROOT, "identity_value": value} if "Row" not in name else {}
                        own = {} if name in ("DeliveryReport.v1", "BrokenRowReport.v1") else own
                        yield build(count, **{**own, field: text})


def reserve_numbers() -> Iterator[tuple[str, str]]:
    yield "2.25.4711", "R-000117"
    yield "1.2.752.74.9.1", "22950606FH20"
    yield "1.2.752.97.3.1.3", "991981000010"
    yield "1.2.752.113.11.0.2.1.1.1", "19810829M071"
    yield "1.2.752.219.1.10.10.1", "810829DA1B"


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[Path]:
    """Everything that is logged meanwhile, at the finest level, in a file."""
    file = tmp_path / "register.log"
    handler = logging.FileHandler(file, encoding="utf-8")
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    logging.getLogger("register").setLevel(logging.DEBUG)
    root.setLevel(logging.INFO)
    try:
        yield file
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        logging.getLogger("register").setLevel(logging.NOTSET)
        handler.close()


def test_nothing_is_found_in_a_register_that_has_been_through_everything(
    register: Register,
    conn: Conn,
    recorder: FactRecorder,
    logs: Path,
    tmp_path: Path,
) -> None:
    settings = register.settings
    said = list(every_number_in_every_field())
    assert len(said) > 1_000
    known: list[Identity] = []
    for root, value in reserve_numbers():
        identity = parse_identity(root, value, today=NOW.date())
        assert isinstance(identity, Identity)
        known.append(identity)
        own = {"identity_root": root, "identity_value": value}
        for field in ("system_name", "unique_reference", "batch", "setting", "campaign", "nullified_reason"):
            said.append(a_dose_report(len(said), **own, **{field: f"of {value}"}))
        for field in ("evidence", "registered_by", "unique_reference", "nullified_reason"):
            said.append(a_registration_report(len(said), **own, **{field: f"of {value}"}))
    people = range(1, 60)
    for n in people:
        said += [a_dose_report(n), a_dose_report(n, reported_at=LATER, batch="NEW"), a_population_report(n)]
        said.append(a_population_report(n, event="protected", protection="confidentiality-marked", reported_at=LATER))
    said += [a_link_report(n, n + 1) for n in range(1, 40)]
    said += [a_link_report(n, n + 1, hours=9, event="unlinked") for n in range(10, 20)]
    said += [a_dose_report(n, nullified=True, reported_at=LATER + timedelta(days=1)) for n in range(40, 45)]
    said += [b"not a report " + SHORT.encode(), NUMBER.encode(), a_dose_report(3)[:-2], NUMBER.encode("utf-16")]
    random.Random(4).shuffle(said)
    register.told("north", *said)
    register.does_all()
    readers = Reader(f"clerk {NUMBER}", "registrar", "own-data", unit=f"unit {SHORT}")
    for n in (1, 50, 700):
        asked = parse_identity(PERSONAL_ROOT, a_person_number(n), today=NOW.date())
        assert isinstance(asked, Identity)
        reading_by(conn, settings.keys, readers, "extract", asked, at=NOW)
        known.append(asked)
    order = Order(f"order about {SHORT}", readers.who, "register-administrator")
    for n in (50, 1, 12):
        erased = parse_identity(PERSONAL_ROOT, a_person_number(n), today=NOW.date())
        assert isinstance(erased, Identity)
        assert carry_out(settings, conn, recorder, erased, order).erased.persons
        known.append(erased)
    register.told("north", a_dose_report(50, reported_at=LATER + timedelta(days=2)))
    register.does_all()
    assert not register.rebuild().differing
    outcomes = dict(conn.execute("SELECT topic, count(*) FROM register.stored_events GROUP BY topic").fetchall())
    assert {"DoseRecorded.v1", "DoseCorrected.v1", "IdentitiesLinked.v1", "PersonErased.v1"} <= outcomes.keys()
    assert conn.execute("SELECT count(*) > 3 FROM register.quarantine").fetchone() == (True,)

    with register.reading() as live:
        exports = {
            "uploads": "*",
            "upload_reasons": "*",
            "doses": "to_hex(dose_id), given_on, batch, care_unit, setting",
        }
        for table, columns in exports.items():
            rows = live.execute(f"SELECT {columns} FROM {table}").fetchall()
            lines = [";".join(map(str, row)) for row in rows]
            (tmp_path / f"{table}.csv").write_text("\n".join(lines), encoding="utf-8")
    assert logs.stat().st_size
    looked = Looked()
    found = list(scan(settings, Looker(known), [tmp_path], None, looked))
    assert [each for each in found if not each.place.startswith("topic reports.")] == []
    assert looked.counts["records of topics"] > 1_000
    assert looked.counts["rows of tables"] > 1_000


def send(settings: Settings, topic: str, value: bytes, *, key: bytes = b"12345678", **more: Any) -> None:
    compression = more.pop("compression_type", None)
    producer = KafkaProducer(**settings.kafka("test"), compression_type=compression, metrics_enabled=False)
    for place in range(3):
        producer.send(topic, key=place.to_bytes(8, "big"), value=b"{}", partition=0)
    producer.send(topic, key=key, value=value, partition=0, **more)
    producer.flush()
    producer.close()


def a_fact(**said: Any) -> bytes:
    return stored(a_dose_fact(7, **said)).state


IN_TOPICS: dict[str, tuple[str, Callable[[Settings], None], str]] = {
    "a text of a fact": ("events.people", lambda s: send(s, "events.people", a_fact(batch=SHORT)), "value, batch"),
    "a flag of a fact": (
        "events.people",
        lambda s: send(s, "events.people", a_fact(flags=("A", NUMBER))),
        "value, flags",
    ),
    "a long of a fact": (
        "events.people",
        lambda s: send(s, "events.people", a_fact(dose_id=int(NUMBER))),
        "value, dose_id",
    ),
    "other digits": (
        "events.people",
        lambda s: send(s, "events.people", a_fact(setting=wide(NUMBER))),
        "value, setting",
    ),
    "a receipt": ("receipts.north", lambda s: send(s, "receipts.north", b'{"a": "%s"}' % NUMBER.encode()), "value"),
    "a key": ("events.supply", lambda s: send(s, "events.supply", b"x", key=NUMBER.encode()), "key"),
    "a header": (
        "events.supply",
        lambda s: send(s, "events.supply", b"x", headers=[("h", SHORT.encode())]),
        "a header",
    ),
    **{
        f"compressed by {codec}": (
            "events.supply",
            lambda s, codec=codec: send(s, "events.supply", a_fact(batch=SHORT), compression_type=codec),
            "value, batch",
        )
        for codec in ("gzip", "snappy", "lz4", "zstd")
    },
}


@pytest.mark.parametrize("plant", IN_TOPICS)
def test_a_number_in_a_topic_is_found(register: Register, plant: str) -> None:
    topic, put, what = IN_TOPICS[plant]
    put(register.settings)
    assert found_in(register.settings) == [Finding(f"topic {topic}", "partition 0 offset 3", what)]


def test_numbers_of_a_transaction_that_was_broken_off_are_found_too(register: Register) -> None:
    producer = KafkaProducer(
        **register.settings.kafka("test"), transactional_id="planted", metrics_enabled=False, acks="all"
    )
    producer.init_transactions()
    producer.begin_transaction()
    producer.send("events.supply", key=b"12345678", value=SHORT.encode(), partition=0).get()
    producer.abort_transaction()
    producer.close()
    assert found_in(register.settings) == [Finding("topic events.supply", "partition 0 offset 0", "value")]


def test_the_name_of_a_topic_and_topics_of_others_are_looked_at(register: Register) -> None:
    admin = KafkaAdminClient(**register.settings.kafka("test"))
    others = ["receipts.other", f"receipts.{NUMBER}"]
    try:
        admin.create_topics({name: {"num_partitions": 1, "replication_factor": 1} for name in others})
        send(register.settings, "receipts.other", SHORT.encode())
        places = [each.place for each in found_in(register.settings)]
    finally:
        admin.delete_topics(others)
        admin.close()
    assert sorted(places) == ["topic receipts.************", "topic receipts.other"]


def test_reports_and_the_vault_are_not_looked_at(register: Register) -> None:
    register.told("north", a_dose_report(1, identity_value=NUMBER), NUMBER.encode())
    register.does_all()
    assert found_in(register.settings) == []


IN_TABLES: dict[str, tuple[str, Any]] = {
    "text": ("text", f"born {SHORT}"),
    "varchar(30)": ("varchar(30)", NUMBER),
    "a domain": ("planted.word", NUMBER),
    "an enum": ("planted.kind", NUMBER),
    "a composite": ("planted.pair", ("x", SHORT)),
    "text, other digits": ("text", wide(NUMBER)),
    "text of 52 letters": ("text", f"{NUMBER[2:]} {'x' * 41}"),
    "bytea": ("bytea", b"\x00\xff" + SHORT.encode() + b"\xff"),
    "bytea, UTF-16": ("bytea", NUMBER.encode("utf-16")),
    "bytea, a fact": ("bytea", a_fact(batch=SHORT)),
    "json": ("json", json.dumps({"a": [1, {"b": SHORT}]})),
    "jsonb": ("jsonb", Jsonb({"a": [1, {"b": int(NUMBER)}]})),
    "jsonb, a name": ("jsonb", Jsonb({NUMBER: 1})),
    "text[]": ("text[]", ["x", SHORT]),
    "bytea[]": ("bytea[]", [b"x", SHORT.encode()]),
    "jsonb[]": ("jsonb[]", [Jsonb({"a": 1}), Jsonb(SHORT)]),
    "bigint": ("bigint", int(NUMBER)),
    "bigint[]": ("bigint[]", [1, int(NUMBER)]),
    "numeric": ("numeric", int(NUMBER)),
    "double precision": ("double precision", float(NUMBER)),
    "text, long and compressed": ("text", f"{'x' * 50_000}{SHORT}"),
}


@pytest.fixture
def planted(conn: Conn) -> None:
    conn.execute(
        f"CREATE SCHEMA planted; CREATE DOMAIN planted.word AS text; CREATE TYPE planted.kind AS ENUM ('{NUMBER}');"
        " CREATE TYPE planted.pair AS (one text, two text)"
    )


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("plant", IN_TABLES)
def test_a_number_in_a_table_is_found_with_its_row_and_column(settings: Settings, conn: Conn, plant: str) -> None:
    kind, value = IN_TABLES[plant]
    conn.execute(f"CREATE TABLE planted.things (name text PRIMARY KEY, day date DEFAULT now(), held {kind})")
    conn.execute("INSERT INTO planted.things (name) SELECT 'row ' || n FROM generate_series(1, 20) AS n")
    conn.execute(f"INSERT INTO planted.things (name, held) VALUES ('this', %s::{kind})", (value,))
    [found] = found_in(settings)
    assert (found.place, found.where) == ("table planted.things", "name this")
    assert found.what.startswith("column held")


def test_a_number_in_a_key_or_a_name_of_a_table_is_found_and_not_told(settings: Settings, conn: Conn) -> None:
    conn.execute("CREATE TABLE public.keyed (name text PRIMARY KEY)")
    conn.execute("INSERT INTO public.keyed VALUES (%s)", (SHORT,))
    conn.execute(f'CREATE TABLE public."of {NUMBER}" ()')
    told = {(each.place, each.what) for each in found_in(settings)}
    assert told == {("table public.keyed", "column name"), ("table public.of ************", "its name")}


def test_what_the_planner_keeps_of_a_deleted_row_is_found(settings: Settings, conn: Conn) -> None:
    conn.execute("CREATE TABLE public.told (held text)")
    conn.execute("INSERT INTO public.told SELECT %s FROM generate_series(1, 50)", (SHORT,))
    conn.execute("ANALYZE public.told")
    conn.execute("DELETE FROM public.told")
    assert found_in(settings) == [Finding("statistics of public.told", "", "column held")]


def test_a_materialised_view_and_the_register_s_own_tables_are_looked_at(settings: Settings, conn: Conn) -> None:
    conn.execute("INSERT INTO register.senders VALUES (%s, now())", (SHORT,))
    conn.execute("CREATE MATERIALIZED VIEW public.seen AS SELECT name FROM register.senders")
    assert [each.place for each in found_in(settings)] == ["table public.seen", "table register.senders"]


def _zipped() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("sheet.xml", f"<t>{SHORT}</t>")
    return out.getvalue()


def _parquet() -> bytes:
    out = BytesIO()
    pl.DataFrame({"day": ["2021-01-02"], "held": [SHORT]}).write_parquet(out)
    return out.getvalue()


def _tarred(name: str, content: bytes) -> bytes:
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as packed:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        packed.addfile(entry, BytesIO(content))
    return out.getvalue()


def _among(name: str, content: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(name, content)
    return out.getvalue()


def _pdf(said: str) -> bytes:
    """A page that says this, packed as word processors pack it."""
    drawn = zlib.compress(f"BT /F 12 Tf 72 700 Td {said} ET".encode())
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (table, len(out))
    return out + end


LINES = f"x\n{SHORT}\n".encode()
# Files that are packed, whatever they are called, and where in them the number stands.
PACKED: dict[str, tuple[str, bytes, str]] = {
    "bzip2": ("a.csv.bz2", bz2.compress(LINES), "line 2"),
    "xz": ("b.csv.xz", lzma.compress(LINES), "line 2"),
    "gzip, in capitals": ("C.CSV.GZ", gzip.compress(LINES), "line 2"),
    "gzip, called something else": ("d.csv", gzip.compress(LINES), "line 2"),
    "gzip, two in a row": ("e.gz", gzip.compress(b"x\n") + gzip.compress(LINES), "line 3"),
    "zstd, two in a row": ("f.zst", zstandard.compress(b"x\n") + zstandard.compress(LINES), "line 3"),
    "LZ4": ("f.lz4", lz4.frame.compress(LINES), "line 2"),
    "tar": ("g.tgz", _tarred("deep/a.csv", LINES), "deep/a.csv line 2"),
    "gzip in zip": ("h.zip", _among("a.csv.gz", gzip.compress(LINES)), "a.csv.gz line 2"),
    "zip in tar": ("i.tgz", _tarred("a.zip", _among("b.csv", LINES)), "a.zip b.csv line 2"),
    "parquet in zip": ("j.zip", _among("a.parquet", _parquet()), "a.parquet row 1"),
    "PDF": ("k.pdf", _pdf(f"({SHORT}) Tj"), "page 1 line 1"),
    "PDF, letter by letter": ("l.pdf", _pdf(f"[({SHORT[:3]})-20({SHORT[3:9]})15({SHORT[9:]})] TJ"), "page 1 line 1"),
}
UNREAD: dict[str, bytes] = {
    "a.7z": b"7z\xbc\xaf\x27\x1c" + bytes(100),
    "b.dat": b"Rar!\x1a\x07\x01\x00" + bytes(100),
    "c.dump": b"PGDMP" + bytes(100),
    "d.csv.br": b"packed",
    "e.bz2": bz2.compress(os.urandom(5_000))[:-100],
    "f.pdf": b"%PDF-1.7\nnothing",
}


@pytest.mark.parametrize("plant", PACKED)
def test_a_number_in_a_packed_file_is_found_whatever_the_file_is_called(tmp_path: Path, plant: str) -> None:
    name, content, where = PACKED[plant]
    (tmp_path / name).write_bytes(content)
    found = list(scan_paths([tmp_path], Looker(), lambda _: None))
    assert (str(tmp_path / name), where) in {(each.place, each.where) for each in found}
    assert all(each.what != "cannot be looked into" for each in found)


@pytest.mark.parametrize("name", UNREAD)
def test_a_packed_file_that_nobody_here_can_read_is_a_finding(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(UNREAD[name])
    found = list(scan_paths([tmp_path], Looker(), lambda _: None))
    assert [each.what for each in found][-1:] == ["cannot be looked into"]


def test_what_is_packed_again_and_again_is_followed_to_a_depth_and_then_said_to_be_unread(tmp_path: Path) -> None:
    content, path = LINES, tmp_path / "a.gz"
    for depth in range(1, 9):
        content = gzip.compress(content)
        path.write_bytes(content)
        [found] = scan_paths([path], Looker(), lambda _: None)
        assert (found.what == "cannot be looked into") == (depth > 6)


def test_a_link_is_followed_where_it_is_named_and_else_told_of_where_it_leads_elsewhere(tmp_path: Path) -> None:
    looked_at, elsewhere = tmp_path / "looked at", tmp_path / "elsewhere"
    for folder in (looked_at, elsewhere):
        folder.mkdir()
    (looked_at / "clean.csv").write_text("x\n")
    (looked_at / "within").symlink_to(looked_at / "clean.csv")
    assert list(scan_paths([looked_at], Looker(), lambda _: None)) == []
    (elsewhere / "a.csv").write_bytes(LINES)
    (looked_at / "out").symlink_to(elsewhere)
    found = list(scan_paths([looked_at], Looker(), lambda _: None))
    assert [(Path(each.place).name, each.what) for each in found] == [("out", "cannot be looked into")]
    found = list(scan_paths([looked_at / "out"], Looker(), lambda _: None))
    assert [Path(each.place).name for each in found] == ["a.csv"]


IN_FILES: dict[str, tuple[str, bytes, str]] = {
    "a log": ("a.log", f"first line\n2021-06-01 10:00:00,123 WARNING about {SHORT}\n".encode(), "line 2"),
    "the last line": ("b.log", f"x\ny\n{NUMBER}".encode(), "line 3"),
    "a cell": ("c.csv", f"day;code\n2021-01-02;1280\n2021-01-02;{SHORT}\n".encode(), "line 3"),
    "JSON lines": ("d.jsonl", json.dumps({"a": {"b": int(NUMBER)}}).encode(), "line 1"),
    "UTF-16": ("e.txt", f"x {NUMBER}\n".encode("utf-16"), "near byte 0"),
    "Latin-1": ("f.txt", f"född {SHORT}".encode("latin-1"), "line 1"),
    "no text": ("g.bin", os.urandom(70_000) + b"\0" + SHORT.encode() + b"\0" + os.urandom(70_000), "near byte 69632"),
    "gzip": ("h.log.gz", gzip.compress(f"x\n{SHORT}\n".encode()), "line 2"),
    "zstd": ("i.log.zst", zstandard.compress(f"x\n{SHORT}\n".encode()), "line 2"),
    "a workbook": ("j.xlsx", _zipped(), "sheet.xml line 1"),
    "parquet": ("k.parquet", _parquet(), "row 1"),
    "across two pieces": ("l.bin", b"\0" * ((4 << 20) - 5) + SHORT.encode() + b"\0" * 100, "near byte 4193280"),
    "a line without an end": ("m.txt", b"x" * 200_000 + b" " + SHORT.encode(), "near byte 199680"),
}


@pytest.mark.parametrize("plant", IN_FILES)
def test_a_number_in_a_file_is_found_with_its_line(settings: Settings, tmp_path: Path, plant: str) -> None:
    name, content, where = IN_FILES[plant]
    (tmp_path / "deep" / "er").mkdir(parents=True)
    path = tmp_path / "deep" / "er" / name
    path.write_bytes(content)
    found = found_in(settings, tmp_path)
    assert {(each.place, each.where) for each in found} == {(str(path), where)}


def test_a_file_s_name_and_files_of_the_register_s_own_folder_are_looked_at(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / f"{NUMBER}.txt").touch()
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "intake.log").write_text(SHORT)
    for of_kafka in ("events.people-0", "reports.north-1", "reports.north-1.x-delete", "unknown-0"):
        (tmp_path / "kafka" / "data" / of_kafka).mkdir(parents=True)
        (tmp_path / "kafka" / "data" / of_kafka / "0.log").write_text(SHORT)
    admin = KafkaAdminClient(**settings.kafka("test"))
    try:
        admin.create_topics({"events.people": {"num_partitions": 1, "replication_factor": 1}})
    finally:
        admin.close()
    found = {
        (Path(each.place).relative_to(tmp_path).as_posix(), each.what) for each in found_in(settings, folder=tmp_path)
    }
    assert found == {(".", "its name"), ("kafka/data/unknown-0/0.log", ""), ("logs/intake.log", "")}


def test_what_cannot_be_looked_into_is_a_finding(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "broken.gz").write_bytes(gzip.compress(os.urandom(5_000))[:-100])
    missing = tmp_path / "missing.log"
    assert [(Path(each.place).name, each.what) for each in found_in(settings, tmp_path, missing)] == [
        ("broken.gz", "cannot be looked into"),
        ("missing.log", "cannot be looked into"),
    ]


def test_known_reserve_numbers_are_found_in_every_kind_of_place(register: Register, conn: Conn, tmp_path: Path) -> None:
    identity = parse_identity("1.2.752.74.9.1", "22950606FH20", today=NOW.date())
    assert isinstance(identity, Identity)
    send(register.settings, "events.people", a_fact(batch="about 22950606-fh20"))
    conn.execute("CREATE TABLE public.held (held text); INSERT INTO public.held VALUES ('22950606FH20')")
    (tmp_path / "a.log").write_text("x\nof 22950606FH20.\n")
    assert found_in(register.settings, tmp_path) == []
    found = found_in(register.settings, tmp_path, known=(identity,))
    assert [each.place.partition(" ")[0] for each in found] == ["topic", "table", str(tmp_path / "a.log")]


def test_coordination_numbers_count_as_well(settings: Settings, tmp_path: Path) -> None:
    value = coordination(3)
    identity = parse_identity(COORDINATION_ROOT, value, today=datetime.now(UTC).date())
    assert isinstance(identity, Identity)
    (tmp_path / "a.log").write_text(f"{value[2:8]}-{value[8:]}")
    assert len(found_in(settings, tmp_path)) == 1
