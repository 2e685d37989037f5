"""How far intake has read and the relay has published: moved by compare-and-set, in the transaction of the work.

A second process that works on the same place finds the position moved and loses its whole transaction.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from kafka import TopicPartition
from psycopg import Connection


class Fenced(Exception):
    """Somebody else moved the position meanwhile: what was done from it is void."""


def intake_positions(conn: Connection[Any]) -> dict[TopicPartition, int]:
    """The offset that intake decides next, of every partition that it has begun."""
    rows = conn.execute("SELECT topic, partition, next_offset FROM register.intake_positions").fetchall()
    return {TopicPartition(topic, partition): next_offset for topic, partition, next_offset in rows}


def move_intake(
    conn: Connection[Any], expected: Mapping[TopicPartition, int | None], reached: Mapping[TopicPartition, int]
) -> None:
    """Move each position from where it was (None: never begun) to the offset after the last one decided."""
    begun = [place for place in sorted(reached) if expected.get(place) is not None]
    new = [place for place in sorted(reached) if expected.get(place) is None]
    moved = conn.execute(
        "UPDATE register.intake_positions AS kept SET next_offset = moved.next_offset"
        " FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::bigint[]) AS moved (topic, partition, at, next_offset)"
        " WHERE (kept.topic, kept.partition, kept.next_offset) = (moved.topic, moved.partition, moved.at)",
        (*_columns(begun), [expected[place] for place in begun], [reached[place] for place in begun]),
    )
    if moved.rowcount != len(begun):
        raise Fenced(", ".join(f"{place.topic} {place.partition}" for place in begun))
    if new:
        made = conn.execute(
            "INSERT INTO register.intake_positions SELECT * FROM unnest(%s::text[], %s::int[], %s::bigint[])"
            " ON CONFLICT DO NOTHING",
            (*_columns(new), [reached[place] for place in new]),
        )
        if made.rowcount != len(new):
            raise Fenced(", ".join(f"{place.topic} {place.partition}" for place in new))


def _columns(places: Sequence[TopicPartition]) -> tuple[list[str], list[int]]:
    return [place.topic for place in places], [place.partition for place in places]


def relay_position(conn: Connection[Any], name: str) -> int:
    """The id of the last fact or receipt that was published and acknowledged."""
    row = conn.execute("SELECT position FROM register.relay_positions WHERE name = %s", (name,)).fetchone()
    return int(row[0]) if row else 0


def move_relay(conn: Connection[Any], name: str, expected: int, reached: int) -> None:
    """Save what has been acknowledged; raises Fenced where another relay has done so."""
    moved = conn.execute(
        "INSERT INTO register.relay_positions AS kept VALUES (%(name)s, %(reached)s)"
        " ON CONFLICT (name) DO UPDATE SET position = excluded.position WHERE kept.position = %(expected)s",
        {"name": name, "expected": expected, "reached": reached},
    )
    if moved.rowcount != 1:
        raise Fenced(f"relay {name}")
