"""What could not be read is sealed, also what an older register kept in clear."""

from typing import Any

import psycopg
import pytest

from connectors.privacy.looking import Looker
from connectors.privacy.tables import scan_tables
from register import quarantine, store
from register.reports import Place
from register.settings import Settings
from register.vault import SealBroken
from tests.privacy.conftest import NOW
from tests.write_side.builders import a_person_number

Conn = psycopg.Connection[Any]
OLD = """
DROP TABLE register.quarantine;
CREATE TABLE register.quarantine (
    topic text NOT NULL, partition int NOT NULL, "offset" bigint NOT NULL, value bytea, code text NOT NULL,
    recorded_at timestamptz NOT NULL, PRIMARY KEY (topic, partition, "offset")
);
"""
VALUE = a_person_number(1).encode()


def found(conn: Conn) -> list[str]:
    return [each.place for each in scan_tables(conn, Looker(), lambda _: None)]


def test_what_is_kept_can_be_opened_and_is_seen_by_nobody_else(settings: Settings, conn: Conn) -> None:
    places = [Place("reports.north", 0, offset, "north", f"north-0-{offset}") for offset in range(3)]
    values = (VALUE, None, b"")
    rows = [quarantine.seal(settings.keys, place, value, "X", NOW) for place, value in zip(places, values, strict=True)]
    with conn.cursor() as curs:
        quarantine.write(curs, rows)
    assert found(conn) == []
    assert [value for *_, value in quarantine.opened(conn, settings.keys)] == [VALUE, b""]
    assert quarantine.blank(conn, settings.keys, lambda value: value == VALUE) == 1
    assert [value for *_, value in quarantine.opened(conn, settings.keys)] == [b""]


def test_what_was_sealed_for_one_place_does_not_open_in_another(settings: Settings, conn: Conn) -> None:
    row = quarantine.seal(settings.keys, Place("reports.north", 0, 1, "north", "north-0-1"), VALUE, "X", NOW)
    with conn.cursor() as curs:
        quarantine.write(curs, [row._replace(offset=2)])
    with pytest.raises(SealBroken):
        list(quarantine.opened(conn, settings.keys))


def test_an_older_register_s_quarantine_is_sealed_once_and_for_all(settings: Settings, conn: Conn) -> None:
    conn.execute(OLD)
    insert = (
        "INSERT INTO register.quarantine SELECT 'reports.north', 0, n, %s, 'X', now() FROM generate_series(1, 50) n"
    )
    conn.execute(insert, (VALUE,))
    conn.execute("INSERT INTO register.quarantine VALUES ('reports.north', 1, 1, NULL, 'X', now())")
    conn.execute("ANALYZE register.quarantine")
    assert len(found(conn)) == 50
    store.create_tables(settings.database_url)
    assert quarantine.seal_old(conn, settings.keys) == 50
    assert quarantine.seal_old(conn, settings.keys) == 0
    assert found(conn) == []
    assert {value for *_, value in quarantine.opened(conn, settings.keys)} == {VALUE}
    kept = conn.execute("SELECT count(*) FROM register.quarantine").fetchone()
    assert kept == (51,)
    samples = conn.execute("SELECT most_common_vals::text FROM pg_stats WHERE tablename = 'quarantine'").fetchall()
    assert VALUE.hex() not in str(samples)


def test_the_planner_keeps_no_samples_of_keys_and_sealed_numbers(settings: Settings, conn: Conn) -> None:
    """One would outlive the row that it was taken from."""
    conn.execute("INSERT INTO vault.persons SELECT n, decode(md5(n::text), 'hex') FROM generate_series(1, 500) AS n")
    conn.execute("ALTER TABLE vault.persons ALTER COLUMN wrapped_key SET STATISTICS -1")
    conn.execute("ANALYZE vault.persons")
    samples = (
        "SELECT attname FROM pg_stats WHERE schemaname = 'vault' AND attname IN ('wrapped_key', 'sealed', 'lookup')"
    )
    assert conn.execute(samples).fetchall() == [("wrapped_key",)]
    store.create_tables(settings.database_url)  # an older register's are thrown away
    assert conn.execute(samples).fetchall() == []
    conn.execute("ANALYZE vault.persons")
    assert conn.execute(samples).fetchall() == []
