"""All projections again from the first fact, in a schema beside the live one, compared with it, and switched to.

The live schema goes on meanwhile. What is compared is its state at one moment: a snapshot transaction reads its
positions, the rebuild folds exactly the facts before those, and the same snapshot is hashed at the end. Then the
new schema is projected on to the end of the log and, while nobody writes for a moment, to where the live one is.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace

import psycopg
from kafka import TopicPartition
from psycopg import Connection, IsolationLevel
from psycopg.sql import SQL, Identifier
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from projections import live, log_reader, positions, unreadable
from projections.columnar import Decoded
from projections.fingerprint import Fingerprint, fingerprint
from projections.log_reader import KafkaSettings
from projections.positions import Positions
from projections.projection import Projection
from projections.rounds import batch_for, decode_round, project
from projections.runner import MOST_ROWS, topics_of

UNREADABLE = "unreadable"  # shown as if it were a projection: it must agree as well
_NEAR = 20_000  # facts: so few are projected while the live schema waits
_LOCK = "hashtext('projections.rebuild')"


class RebuildRunning(Exception):
    """Another rebuild is at work on this database."""


@dataclass(frozen=True, slots=True)
class Table:
    """A rebuilt table beside the live one at the same positions; `live` is None where there is none to compare."""

    projection: str
    name: str
    rebuilt: Fingerprint
    live: Fingerprint | None


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild made: the facts it folded, its tables, and whether readers are now asking them."""

    schema: str
    facts: int
    tables: tuple[Table, ...]
    switched: bool

    @property
    def differing(self) -> tuple[Table, ...]:
        """Tables that the live schema had otherwise: one of the two is wrong, or the code has changed."""
        return tuple(table for table in self.tables if table.live not in (None, table.rebuilt))


def rebuild(
    database_url: str,
    kafka: KafkaSettings,
    projections: Sequence[Projection],
    *,
    compare: bool = True,
    force: bool = False,
    show_progress: bool | None = None,
) -> Rebuilt:
    """Rebuild, compare, and switch: only if nothing differs, unless `force`.

    Without `compare` it goes to the end of the log at once, which is the way to fill an empty register. Progress
    is shown on standard error, if that is a terminal or `show_progress` says so. The previous schema is kept until
    the next rebuild, as is one that was not switched to.
    """
    with ExitStack() as to_close:
        conn = to_close.enter_context(psycopg.connect(database_url, autocommit=True))
        if conn.execute(f"SELECT pg_try_advisory_lock({_LOCK})").fetchone() == (False,):
            raise RebuildRunning(RebuildRunning.__doc__)
        to_close.callback(_unlock, conn)
        old = _old_schema(conn, projections)
        live.drop_all_but(conn, old)
        snapshot = to_close.enter_context(_snapshot(database_url, old))
        reached = positions.read(snapshot) if compare else {}
        until = reached or {place: end for place, end in log_reader.ends(kafka, topics_of(projections)).items() if end}
        bar = to_close.enter_context(_progress(show_progress))
        decoded = _read_all(kafka, projections, until, bar)
        with conn.transaction():
            schema = live.create(conn, projections)
            _fill(conn, projections, decoded, until, bar)
        tables = tuple(
            _tables(conn, schema, snapshot, reached and live.projections_in(conn, old), projections, bar=bar)
        )
        snapshot.rollback()
        rebuilt = Rebuilt(schema, sum(until.values()), tables, switched=False)
        if rebuilt.differing and not force:
            return rebuilt
        _switch(conn, schema, kafka, projections)
        return replace(rebuilt, switched=True)


def _unlock(conn: Connection) -> None:
    """At once: PostgreSQL notices a closed connection a moment later, when the next rebuild may be there already."""
    with suppress(psycopg.Error):
        conn.execute(f"SELECT pg_advisory_unlock({_LOCK})")


def _old_schema(conn: Connection, projections: Sequence[Projection]) -> str:
    """The live schema, also one that was made for other projections; an empty one if there is none."""
    try:
        return live.live_schema(conn)
    except live.NothingLive:
        return live.start(conn, projections)


@contextmanager
def _snapshot(database_url: str, schema: str) -> Iterator[Connection]:
    """The state of a schema at the moment of the first question asked of it, whatever is written meanwhile."""
    with psycopg.connect(database_url) as conn:
        conn.isolation_level = IsolationLevel.REPEATABLE_READ
        conn.read_only = True
        live.use(conn, schema)
        yield conn


def _read_all(
    kafka: KafkaSettings, projections: Sequence[Projection], until: Positions, bar: Progress
) -> list[Decoded]:
    task = bar.add_task("read", total=sum(until.values()))
    decoded: list[Decoded] = []
    at: dict[TopicPartition, int] = {}
    for batches in log_reader.read(kafka, at, until, MOST_ROWS):
        this = decode_round(batches, at, projections, until)
        decoded += this.decoded
        at.update(this.ends)
        bar.update(task, completed=sum(at.values()))
    return decoded


def _fill(
    conn: Connection, projections: Sequence[Projection], decoded: Sequence[Decoded], until: Positions, bar: Progress
) -> None:
    task = bar.add_task("fold", total=len(projections))
    positions.move(conn, {}, until)
    unreadable.keep(conn, decoded)
    for projection in projections:
        projection.rebuild(conn, batch_for(projection, decoded))
        projection.create_indexes(conn)
        for name in projection.tables():
            conn.execute(SQL("ANALYZE {}").format(Identifier(name)))
        bar.advance(task)


def _tables(
    conn: Connection,
    schema: str,
    snapshot: Connection,
    comparable: Collection[str],
    projections: Sequence[Projection],
    *,
    bar: Progress,
) -> Iterator[Table]:
    """Every table of the new schema beside the old one's, where that has the projection."""
    asked = [(each.name, name, rows) for each in projections for name, rows in each.tables().items()]
    if comparable:
        comparable = {*comparable, UNREADABLE}
    for projection, name, rows in bar.track([*asked, (UNREADABLE, UNREADABLE, unreadable.ROWS)], description="compare"):
        with conn.transaction():
            live.use(conn, schema, for_transaction=True)
            new = fingerprint(conn, rows)
        yield Table(projection, name, new, _live_fingerprint(snapshot, rows) if projection in comparable else None)


def _live_fingerprint(snapshot: Connection, rows: str) -> Fingerprint:
    try:
        with snapshot.transaction():
            return fingerprint(snapshot, rows)
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
        return Fingerprint(0, "made by other code")


def _switch(conn: Connection, schema: str, kafka: KafkaSettings, projections: Sequence[Projection]) -> None:
    """Bring the schema to the end of the log, and no less far than the live one; then it is the live one."""

    def go_on(until: Positions) -> None:
        with conn.transaction():
            live.use(conn, schema, for_transaction=True)
            at = positions.read(conn)
        for batches in log_reader.read(kafka, at, until, MOST_ROWS):
            this = decode_round(batches, at, projections, until)
            with conn.transaction():
                live.use(conn, schema, for_transaction=True)
                project(conn, this, projections)
            at |= this.ends

    topics, behind = topics_of(projections), _NEAR
    while behind >= _NEAR:
        ends = log_reader.ends(kafka, topics)
        go_on(ends)
        behind = sum(log_reader.ends(kafka, topics).values()) - sum(ends.values())
    with live.switching(conn, schema) as old:
        live.use(conn, old, for_transaction=True)
        go_on(positions.read(conn))


@contextmanager
def _progress(shown: bool | None) -> Iterator[Progress]:
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description:>8}"),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(show_speed=True),
        TimeRemainingColumn(),
        console=console,
        disable=not (console.is_terminal if shown is None else shown),
    ) as bar:
        yield bar
