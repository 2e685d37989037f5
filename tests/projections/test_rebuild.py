"""A rebuild gives what the live projections have, cell by cell, and takes over from them without a gap."""

import threading
from collections.abc import Mapping

import psycopg
import pytest

from projections import live
from projections.projection import Batch
from projections.rebuild import RebuildRunning, rebuild
from projections.runner import caught_up
from tests.projections.conftest import Log
from tests.projections.fact_counts import FactCounts
from tests.projections.facts import a_dose, histories
from tests.projections.test_runner import ask, catch_up, counted, counts, running, wait


def live_schema(database: str) -> str:
    with live.connect(database) as conn:
        return live.live_schema(conn)


def test_live_and_rebuilt_agree_and_readers_are_switched_over(log: Log, fresh_database: str) -> None:
    told = list(histories(4000, 300))
    for part in (told[:10], told[10:3000], told[3000:]):
        log.tell(part)
        catch_up(log, fresh_database)
    log.tell_bytes(b"12345678", b"nothing of ours")
    catch_up(log, fresh_database)
    rebuilt = rebuild(fresh_database, log.kafka, [log.projection])
    assert rebuilt.differing == ()
    assert rebuilt.facts == 4001
    assert rebuilt.switched
    assert {table.name: table.rebuilt.rows for table in rebuilt.tables} == {
        "fact_counts": len(counted(told)[0]),
        "kinds": len(counted(told)[1]),
        "unreadable": 1,
    }
    assert all(table.live == table.rebuilt for table in rebuilt.tables)
    assert live_schema(fresh_database) == rebuilt.schema == "projections_2"
    assert counts(fresh_database) == counted(told)


def test_facts_told_while_it_rebuilds_are_in_the_new_tables_once(log: Log, fresh_database: str) -> None:
    told = list(histories(12_000, 500))
    with running(log, fresh_database, most_rows=100):
        log.tell(told[:2000])
        wait(lambda: caught_up(fresh_database, log.kafka, [log.projection]))
        teller = threading.Thread(target=lambda: [log.tell(told[i : i + 200]) for i in range(2000, 12_000, 200)])
        teller.start()
        for number in (2, 3, 4):
            rebuilt = rebuild(fresh_database, log.kafka, [log.projection])
            assert rebuilt.differing == ()
            assert live_schema(fresh_database) == f"projections_{number}"
        teller.join()
        wait(lambda: caught_up(fresh_database, log.kafka, [log.projection]))
        assert counts(fresh_database) == counted(told)


def test_an_empty_register_is_filled_by_a_rebuild(log: Log, fresh_database: str) -> None:
    told = list(histories(3000, 200))
    log.tell(told)
    rebuilt = rebuild(fresh_database, log.kafka, [log.projection])
    assert rebuilt.switched
    assert {table.live for table in rebuilt.tables} == {None}
    assert counts(fresh_database) == counted(told)
    assert caught_up(fresh_database, log.kafka, [log.projection])
    log.tell([a_dose(9_999, 1)])
    catch_up(log, fresh_database)
    assert counts(fresh_database)[0][9_999] == (1, 1)


def test_a_difference_is_told_and_not_switched_to_unless_forced(log: Log, fresh_database: str) -> None:
    told = list(histories(500, 50))
    log.tell(told)
    catch_up(log, fresh_database)
    with live.connect(fresh_database) as conn:
        conn.execute("UPDATE kinds SET facts = facts + 1 WHERE kind = 'DoseRecorded.v1'")
    rebuilt = rebuild(fresh_database, log.kafka, [log.projection])
    [different] = rebuilt.differing
    assert different.name == "kinds"
    assert different.live is not None
    assert different.live.rows == different.rebuilt.rows
    assert not rebuilt.switched
    assert live_schema(fresh_database) == "projections_1"
    forced = rebuild(fresh_database, log.kafka, [log.projection], force=True)
    assert forced.switched
    assert counts(fresh_database) == counted(told)


def test_the_previous_schema_is_kept_until_the_next_rebuild(log: Log, fresh_database: str) -> None:
    log.tell(histories(50, 5))
    catch_up(log, fresh_database)
    for kept in (["projections_1", "projections_2"], ["projections_2", "projections_3"]):
        rebuild(fresh_database, log.kafka, [log.projection])
        with psycopg.connect(fresh_database) as conn:
            assert sorted(live.schemas(conn)) == kept


class Renamed(FactCounts):
    """The same question, asked by code that calls a column otherwise."""

    def create_indexes(self, conn: psycopg.Connection) -> None:
        super().create_indexes(conn)
        conn.execute("ALTER TABLE kinds RENAME kind TO name")

    def tables(self) -> Mapping[str, str]:
        return {**super().tables(), "kinds": "SELECT name, facts FROM kinds"}


def test_tables_made_by_other_code_differ_and_new_projections_have_nothing_to_differ_from(
    log: Log, fresh_database: str
) -> None:
    log.tell(histories(50, 5))
    catch_up(log, fresh_database)
    rebuilt = rebuild(fresh_database, log.kafka, [Renamed(log.topic)])
    assert [table.name for table in rebuilt.differing] == ["kinds"]
    further = FactCounts(log.topic)
    further.name = "further"
    alone = rebuild(fresh_database, log.kafka, [further])
    assert [table.live for table in alone.tables if table.projection == "further"] == [None, None]
    assert alone.switched


class Failing(FactCounts):
    def rebuild(self, conn: psycopg.Connection, batch: Batch) -> None:
        super().rebuild(conn, batch)
        raise ZeroDivisionError


def test_a_rebuild_that_fails_leaves_the_live_tables_and_nothing_beside_them(log: Log, fresh_database: str) -> None:
    log.tell(histories(50, 5))
    catch_up(log, fresh_database)
    with pytest.raises(ZeroDivisionError):
        rebuild(fresh_database, log.kafka, [Failing(log.topic)])
    with psycopg.connect(fresh_database) as conn:
        assert live.schemas(conn) == ["projections_1"]
    assert ask(fresh_database, "SELECT sum(facts) FROM kinds") == [(50,)]


def test_only_one_rebuild_at_a_time(log: Log, fresh_database: str) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtext('projections.rebuild'))")
        with pytest.raises(RebuildRunning):
            rebuild(fresh_database, log.kafka, [log.projection])


def test_progress_is_shown_when_asked_for(log: Log, fresh_database: str, capfd: pytest.CaptureFixture[str]) -> None:
    log.tell(histories(50, 5))
    rebuild(fresh_database, log.kafka, [log.projection])
    assert capfd.readouterr().err == ""
    rebuild(fresh_database, log.kafka, [log.projection], show_progress=True)
    shown = capfd.readouterr()
    assert "read" in shown.err
    assert "50/50" in shown.err
    assert shown.out == ""
