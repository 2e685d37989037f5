"""The projection of everything about persons: facts of events.people into people, and into the ledger of coverage.

One object, because a count is a difference between a person's rows before and after a fact: folded once, used twice.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import polars as pl
from psycopg import Connection

from projections import population
from projections.coverage import table as coverage
from projections.coverage.booked import Booked, booked, protections
from projections.coverage.cells import cells_of
from projections.coverage.changes import NO_LINES, OWN_LINES, changes
from projections.coverage.counting import counting
from projections.coverage.write import add, earlier_of
from projections.fill import copy_into
from projections.people import table as people
from projections.people.facts import READS, Facts, facts
from projections.people.fold import Folded, fold
from projections.people.rows import NO_ROWS
from projections.people.store import rows_of, write
from projections.projection import Batch
from register.topics import PEOPLE

# Persons that a rebuild folds at once: bounds its memory to what their facts take.
PERSONS_AT_ONCE = 50_000


class People:
    """Persons with their residences and doses, and how many have at least n doses: as known now and on any day."""

    name = "people"
    topics: tuple[str, ...] = (PEOPLE,)
    reads: Mapping[str, tuple[str, ...]] = READS

    def create_tables(self, conn: Connection[Any]) -> None:
        """Empty tables, without what slows a first filling down."""
        conn.execute(people.TABLES)
        conn.execute(coverage.TABLES)
        population.create_tables(conn)

    def create_indexes(self, conn: Connection[Any]) -> None:
        """Keys of persons, residences, doses and cells; the ledger by the day known."""
        conn.execute(people.INDEXES)
        conn.execute(coverage.INDEXES)

    def project(self, conn: Connection[Any], batch: Batch) -> None:
        """Fold a round of facts into the tables. Facts seen before change nothing."""
        told = facts(batch.frames)
        persons = told.persons()
        if persons.is_empty():
            return
        before = rows_of(conn, persons)
        new = told.after(before.last_seen())
        folded, by = fold(before, new), counting()
        of = protections(before, folded)
        earlier = earlier_of(conn, of.changed)
        write(conn, folded)
        add(conn, booked(before, folded, changes(before, new, by), by, of=of, earlier=earlier))

    def rebuild(self, conn: Connection[Any], batch: Batch) -> None:
        """Fill the empty tables from every fact there is; the same rows as `project` would leave.

        In parts, which bounds the memory; while PostgreSQL takes one in, the next is folded.
        """
        cells, by = [cells_of(NO_LINES)], counting()
        with ThreadPoolExecutor(max_workers=1) as writer:
            writing: Future[None] | None = None
            for told in _in_parts(facts(batch.frames)):
                folded, made = fold(NO_ROWS, told), changes(NO_ROWS, told, by)
                lines = booked(NO_ROWS, folded, made, by, of=protections(NO_ROWS, folded), earlier=OWN_LINES)
                if writing is not None:
                    writing.result()
                writing = writer.submit(_fill, conn, folded, lines)
                cells.append(cells_of(lines.ledger))
            if writing is not None:
                writing.result()
        copy_into(conn, "coverage", cells_of(pl.concat(cells)))

    def tables(self) -> Mapping[str, str]:
        """What live and rebuilt must agree on."""
        return {**people.HELD, **coverage.HELD}

    def answers(self) -> Mapping[str, str]:
        """Persons, residences and doses as they are, and the counts with their causes."""
        return {**people.ANSWERS, **coverage.ANSWERS}


def _fill(conn: Connection[Any], folded: Folded, lines: Booked) -> None:
    write(conn, folded)
    copy_into(conn, "coverage_ledger", lines.ledger.sort("day_known"))
    copy_into(conn, "coverage_earlier", lines.earlier)


def _in_parts(told: Facts) -> Iterator[Facts]:
    persons = told.persons()
    for first in range(0, len(persons), PERSONS_AT_ONCE):
        last = min(first + PERSONS_AT_ONCE, len(persons)) - 1
        yield told.between(persons[first], persons[last])
