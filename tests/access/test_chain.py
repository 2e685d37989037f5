"""Whatever is done to the log behind the register's back, the chain tells where."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import IO, Any

import psycopg
import pytest
from psycopg import Connection, sql

from register.access import log, reading, readings
from register.access.chain import MOST_BREAKS, Head, Row, Walk, chained
from register.access.facts import RecordRead
from register.access.store import LOCK, create_tables, encoded, fact_from
from tests.access.conftest import DOCTOR, NOW
from tests.access.people import Register

WRITER = """
import sys
from datetime import UTC, datetime
import psycopg
from register.access import Reader, reading
doctor = Reader(sys.argv[2], "care-professional", "care", region="24")
with psycopg.connect(sys.argv[1], autocommit=True) as conn:
    print("ready", flush=True)
    for person_id in range(1, int(sys.argv[3]) + 1):
        reading(conn, doctor, "doses", person_id, datetime.now(UTC))
        print(person_id, flush=True)
"""


@pytest.fixture
def ten(conn: Connection[Any]) -> Connection[Any]:
    """A log of ten readings that anybody may change: the trigger is off, as its owner can switch it off."""
    readings(conn, DOCTOR, "doses", range(1, 11), NOW)
    conn.execute("ALTER TABLE register.accesses DISABLE TRIGGER only_added_to")
    return conn


def broken(conn: Connection[Any], *noted: Head) -> list[tuple[int, str]]:
    return [(number, what.split(":")[0].split(",")[0]) for number, what in log.verify(conn, noted).breaks]


def swap(conn: Connection[Any], one: int, other: int) -> None:
    move = "UPDATE register.accesses SET number = %s WHERE number = %s"
    for new, old in ((99, one), (one, other), (other, 99)):
        conn.execute(move, (new, old))


def rewrite(conn: Connection[Any], number: int) -> None:
    """Another reader in a fact, with a hash that fits it."""
    rows = conn.execute("SELECT number, fact, hash FROM register.accesses ORDER BY number").fetchall()
    before = Head(number - 1, rows[number - 2][2])
    fact = rows[number - 1][1].replace(b"dr-lind", b"dr-none")
    [row] = chained(before, [fact])
    conn.execute("UPDATE register.accesses SET fact = %b, hash = %b WHERE number = %s", (fact, row.hash, number))


def execute(statement: str) -> Callable[[Connection[Any]], object]:
    return lambda conn: conn.execute(sql.SQL(statement))  # type: ignore[arg-type]


def test_a_log_that_nobody_touched_holds(ten: Connection[Any]) -> None:
    verified = log.verify(ten)
    assert verified.breaks == []
    assert verified.head.number == 10
    assert broken(ten, verified.head, Head.read(str(verified.head))) == []


def test_an_empty_log_holds(conn: Connection[Any]) -> None:
    assert log.verify(conn) == (Head(0, bytes(32)), [])


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        (execute("UPDATE register.accesses SET fact = fact || '\\x00' WHERE number = 4"), [(4, "changed")]),
        (execute("UPDATE register.accesses SET hash = sha256('x') WHERE number = 4"), [(4, "changed"), (5, "changed")]),
        (execute("DELETE FROM register.accesses WHERE number = 4"), [(4, "missing")]),
        (execute("DELETE FROM register.accesses WHERE number = 1"), [(1, "missing")]),
        (execute("DELETE FROM register.accesses WHERE number BETWEEN 4 AND 6"), [(4, "missing")]),
        (
            lambda conn: swap(conn, 4, 5),
            [(4, "changed places"), (5, "changed"), (6, "changed")],
        ),
        (lambda conn: rewrite(conn, 4), [(5, "changed")]),
        (
            execute("UPDATE register.accesses SET persons = '{}' WHERE number = 4"),
            [(4, "what stands beside the fact is not what the fact says")],
        ),
        (
            execute("UPDATE register.accesses SET role = 'registrar', at = now() WHERE number IN (4, 5)"),
            [(number, "what stands beside the fact is not what the fact says") for number in (4, 5)],
        ),
        (execute("UPDATE register.accesses SET number = 20 WHERE number = 10"), [(10, "missing")]),
        (
            execute(
                "INSERT INTO register.accesses"
                " SELECT 11, kind, role, at, persons, fact, hash FROM register.accesses WHERE number = 10"
            ),
            [(11, "changed")],
        ),
    ],
)
def test_tampering_is_told_where_it_was_done(
    ten: Connection[Any], tamper: Callable[[Connection[Any]], None], told: list[tuple[int, str]]
) -> None:
    tamper(ten)
    assert broken(ten) == told


def test_a_tail_that_was_cut_off_is_told_by_a_head_noted_earlier(ten: Connection[Any]) -> None:
    noted = log.verify(ten).head
    ten.execute("DELETE FROM register.accesses WHERE number > 7")
    assert broken(ten) == []
    assert broken(ten, noted) == [(10, "the log ends at 7")]
    reading(ten, DOCTOR, "doses", 11, NOW)
    readings(ten, DOCTOR, "doses", [12, 13], NOW)
    assert broken(ten, noted) == [(10, "is another than when its head was noted")]


def test_a_log_that_was_written_anew_is_told_by_a_head_noted_earlier(ten: Connection[Any]) -> None:
    noted = log.verify(ten).head
    facts = [fact for (fact,) in ten.execute("SELECT fact FROM register.accesses ORDER BY number")]
    facts[3] = facts[3].replace(b"dr-lind", b"dr-none")
    for row in chained(Head(0, bytes(32)), facts):
        ten.execute(
            "UPDATE register.accesses SET fact = %b, hash = %b WHERE number = %s", (row.fact, row.hash, row.number)
        )
    assert broken(ten) == []
    assert broken(ten, noted) == [(10, "is another than when its head was noted")]


def test_a_log_of_nothing_but_breaks_is_told_in_a_few_words() -> None:
    walk = Walk()
    walk.go([Row(number, b"x", bytes(32)) for number in range(1, 5000)])
    walk.arrive()
    assert len(walk.breaks) == MOST_BREAKS


@pytest.mark.parametrize("text", ["", "1", "1:", "1:00", "x:" + "0" * 64, "-1:" + "0" * 64, "1:" + "g" * 64])
def test_what_is_no_head_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Head.read(text)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE register.accesses SET role = 'x'",
        "DELETE FROM register.accesses",
        "TRUNCATE register.accesses",
        "UPDATE register.accesses SET role = 'x' WHERE false",
        "INSERT INTO register.accesses SELECT * FROM register.accesses ON CONFLICT (number) DO UPDATE SET role = 'x'",
        "SET session_replication_role = replica; DELETE FROM register.accesses",
    ],
)
def test_the_database_refuses_to_change_what_was_written(conn: Connection[Any], statement: str) -> None:
    readings(conn, DOCTOR, "doses", [1, 2], NOW)
    with pytest.raises(psycopg.errors.RaiseException, match="only ever added to"):
        conn.execute(statement)  # type: ignore[arg-type]
    assert log.verify(conn).head.number == 2


@contextmanager
def writer(register: Register, who: str, count: int) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """A process that reads so many records, and what it says after each that it was allowed."""
    program = [sys.executable, "-c", WRITER, register.database_url, who, str(count)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process, process.stdout


def test_processes_that_write_at_once_make_one_chain(register: Register) -> None:
    with ExitStack() as working:
        writers = [working.enter_context(writer(register, f"dr-{number}", 150)) for number in range(4)]
        assert [process.wait(120) for process, _ in writers] == [0] * 4
    verified = log.verify(register.conn)
    assert verified.head.number == 600
    assert verified.breaks == []
    counted = [len(log.accesses_of(register.conn, person_id)) for person_id in (1, 77, 150)]
    assert counted == [4, 4, 4]


@pytest.mark.parametrize("after", [1, 20, 60])
def test_a_writer_killed_in_the_middle_leaves_a_whole_chain_and_all_that_it_was_allowed_to_read(
    register: Register, after: int
) -> None:
    with writer(register, "dr-beside", 100) as (beside, _):
        with writer(register, "dr-killed", 100_000) as (killed, said):
            allowed = [int(said.readline()) for _ in range(after)]
            os.kill(killed.pid, signal.SIGKILL)
            allowed += [int(line) for line in said.read().split()]
        assert beside.wait(60) == 0
    assert log.verify(register.conn).breaks == []
    facts = [fact_from(fact) for (fact,) in register.conn.execute("SELECT fact FROM register.accesses")]
    written = [fact.person_id for fact in facts if isinstance(fact, RecordRead) and fact.who == "dr-killed"]
    # One more may have been written for a reading that was then never made, never one fewer.
    assert 0 <= len(written) - len(allowed) <= 1
    assert set(written) >= set(allowed)
    assert len(facts) == len(written) + 100


def test_a_writer_that_dies_while_it_holds_the_log_holds_up_nobody(register: Register) -> None:
    with psycopg.connect(register.database_url) as stuck:
        stuck.execute(LOCK)
        assert stuck.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("30s",)
        row = stuck.execute("SELECT pg_backend_pid()").fetchone()
        assert row
        with writer(register, "dr-waiting", 1) as (waiting, _):
            time.sleep(0.3)
            assert waiting.poll() is None
            register.conn.execute("SELECT pg_terminate_backend(%s)", row)
            assert waiting.wait(30) == 0
        stuck.close()


def test_a_log_of_many_rows_is_gone_along_in_little_memory_and_time(conn: Connection[Any]) -> None:
    fact = fact_of(conn)
    rows = chained(log.verify(conn).head, [encoded(fact)] * 20_000)
    with (
        conn.transaction(),
        conn.cursor() as curs,
        curs.copy("COPY register.accesses (number, kind, role, at, persons, fact, hash) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row((row.number, fact.NAME, fact.role, fact.at, [17], row.fact, row.hash))
    began = time.monotonic()
    assert log.verify(conn).head.number == 20_001
    assert time.monotonic() - began < 10


def fact_of(conn: Connection[Any]) -> Any:
    reading(conn, DOCTOR, "doses", 17, NOW)
    [(fact,)] = conn.execute("SELECT fact FROM register.accesses").fetchall()
    return fact_from(fact)


def test_what_an_older_register_wrote_down_goes_first_into_the_chain(register: Register) -> None:
    conn, then = register.conn, datetime(2021, 7, 1, tzinfo=UTC)
    conn.execute("DROP TABLE register.accesses")
    conn.execute(
        "CREATE TABLE register.access_log (id bigserial PRIMARY KEY, who text NOT NULL, role text NOT NULL,"
        " purpose text NOT NULL, at timestamptz NOT NULL, person_id bigint)"
    )
    for number, (who, person_id) in enumerate([("read API", 17), ("olle", None), ("olle", 17)]):
        conn.execute(
            "INSERT INTO register.access_log (who, role, purpose, at, person_id) VALUES (%s, %s, %s, %s, %s)",
            (who, "certificate-issuer", "certificate", then + timedelta(hours=number), person_id),
        )
    for _ in range(2):
        with conn.transaction():
            create_tables(conn)
    reading(conn, DOCTOR, "doses", 17, NOW)
    verified = log.verify(conn)
    assert (verified.head.number, verified.breaks) == (4, [])
    assert [(each.who, each.channel, each.at) for each in log.accesses_of(conn, 17)] == [
        ("read API", "api", then),
        ("olle", "command", then + timedelta(hours=2)),
        ("dr-lind", "command", NOW),
    ]
    assert conn.execute("SELECT to_regclass('register.access_log')").fetchone() == (None,)
