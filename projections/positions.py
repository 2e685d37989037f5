"""How far the projections have read: moved by compare-and-set, in the transaction of the rows.

That alone makes every fact count exactly once: rows and position are kept or lost together, and a process that
works on a partition somebody else has moved on loses its whole transaction.
"""

from collections.abc import Mapping

from kafka import TopicPartition
from psycopg import Connection

TABLE = """
CREATE TABLE positions (
    topic text NOT NULL,
    partition int NOT NULL,
    next_offset bigint NOT NULL CHECK (next_offset > 0),
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50)
"""

Positions = Mapping[TopicPartition, int]  # the offset that comes next; none is 0


class Fenced(Exception):
    """Somebody else moved a position meanwhile: what was folded from it is void."""


def read(conn: Connection) -> dict[TopicPartition, int]:
    """The positions of the schema that is first in the search path."""
    rows = conn.execute("SELECT topic, partition, next_offset FROM positions").fetchall()
    return {TopicPartition(topic, partition): next_offset for topic, partition, next_offset in rows}


def move(conn: Connection, expected: Positions, reached: Positions) -> None:
    """Move each position from where it is expected to be; raises Fenced."""
    # The same order everywhere: two processes that claim the same partitions cannot wait for each other.
    for place in sorted(reached):
        at, next_offset = expected.get(place, 0), reached[place]
        if at == 0:
            moved = conn.execute(
                "INSERT INTO positions VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (place.topic, place.partition, next_offset),
            )
        else:
            moved = conn.execute(
                "UPDATE positions SET next_offset = %s WHERE topic = %s AND partition = %s AND next_offset = %s",
                (next_offset, place.topic, place.partition, at),
            )
        if moved.rowcount != 1:
            raise Fenced(f"{place.topic} {place.partition}")
