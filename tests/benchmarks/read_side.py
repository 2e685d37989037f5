"""The read side measured: the log into columns, into the live tables, and into new ones."""

import time
from typing import Any

import psycopg

from connectors.cli.questions import every_projection
from projections import live, log_reader
from projections.log_reader import KafkaSettings
from projections.people.project import People
from projections.positions import Positions
from projections.rebuild import rebuild
from projections.rounds import decode_round
from projections.runner import MOST_ROWS, run
from register.topics import PEOPLE

_RAW = "bench_raw"


def ends(kafka: KafkaSettings) -> Positions:
    """Where the log of facts about people ends."""
    return {place: end for place, end in log_reader.ends(kafka, [PEOPLE]).items() if end}


def fetch(kafka: KafkaSettings, until: Positions) -> int:
    """Record batches only: checked, uncompressed, and left at that. Returns records."""
    return sum(
        batch.count
        for found in log_reader.read(kafka, {}, until, MOST_ROWS)
        for batches in found.values()
        for batch in batches
    )


def fetch_and_decode(kafka: KafkaSettings, until: Positions) -> int:
    """Record batches, and what the projections read of them as columns. Returns facts."""
    projections, facts = every_projection(), 0
    at: dict[Any, int] = {}
    for found in log_reader.read(kafka, at, until, MOST_ROWS):
        this = decode_round(found, at, projections, until)
        assert not any(part.unreadable for part in this.decoded)
        facts += sum(frame.height for part in this.decoded for frame in part.frames.values())
        at.update(this.ends)
    return facts


def project(database_url: str, kafka: KafkaSettings, until: Positions) -> None:
    """The runner as `vaxreg project` runs it, from the first fact to the last, into empty live tables."""
    run(database_url, kafka, every_projection(), stop=lambda: False, until=until)


def rebuild_all(database_url: str, kafka: KafkaSettings, compare: bool) -> int:
    """The command `vaxreg rebuild`, with or without hashing the live tables too. Returns facts."""
    rebuilt = rebuild(database_url, kafka, every_projection(), compare=compare, show_progress=False)
    assert rebuilt.switched, [(table.projection, table.name) for table in rebuilt.differing]
    return rebuilt.facts


def copy_alone(database_url: str) -> float:
    """The raw limit of both: the rows that came of it all, ready in memory, into tables without any index. Seconds."""
    names = [*People().tables()]
    with live.connect(database_url) as conn:
        schema = live.live_schema(conn)
        rows = {name: _copied_out(conn, name) for name in names}
        conn.execute(f"DROP SCHEMA IF EXISTS {_RAW} CASCADE; CREATE SCHEMA {_RAW}")
        for name in names:
            conn.execute(f"CREATE TABLE {_RAW}.{name} (LIKE {schema}.{name})")
        seconds = copied_in(conn, {f"{_RAW}.{name}": copied for name, copied in rows.items()})
        conn.execute(f"DROP SCHEMA {_RAW} CASCADE")
    return seconds


def _copied_out(conn: psycopg.Connection[Any], table: str) -> list[bytes]:
    with conn.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT (FORMAT binary)") as copy:
        return [bytes(part) for part in copy]


def copied_in(conn: psycopg.Connection[Any], rows: dict[str, list[bytes]]) -> float:
    """Seconds that COPY takes for binary rows, all tables in one transaction."""
    whole = {table: b"".join(parts) for table, parts in rows.items()}
    started = time.perf_counter()
    with conn.transaction(), conn.cursor() as cursor:
        for table, copied in whole.items():
            with cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
                copy.write(copied)
    return time.perf_counter() - started
