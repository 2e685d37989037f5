"""How far intake has read and the relay has published: moved by compare-and-set, in the transaction of the work.

A second process that works on the same place finds the position moved and loses its whole transaction.
"""

from collections.abc import Mapping
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
    # The same order everywhere: two intakes that touch the same partitions cannot wait for each other.
    for place in sorted(reached):
        at, next_offset = expected.get(place), reached[place]
        if at is None:
            moved = conn.execute(
                "INSERT INTO register.intake_positions VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (place.topic, place.partition, next_offset),
            )
        else:
            moved = conn.execute(
                "UPDATE register.intake_positions SET next_offset = %s"
                " WHERE topic = %s AND partition = %s AND next_offset = %s",
                (next_offset, place.topic, place.partition, at),
            )
        if moved.rowcount != 1:
            raise Fenced(f"{place.topic} {place.partition}")


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
