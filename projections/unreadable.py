"""Facts that no projection could read: kept whole beside the tables, so that none goes missing in silence."""

from collections.abc import Iterable

from psycopg import Connection

from projections.columnar import Decoded

TABLE = """
CREATE TABLE unreadable (
    topic text NOT NULL,
    partition int NOT NULL,
    "offset" bigint NOT NULL,
    key bytea,
    value bytea,
    reason text NOT NULL,
    PRIMARY KEY (topic, partition, "offset")
)
"""
ROWS = 'SELECT topic, partition, "offset", key, value, reason FROM unreadable'


def keep(conn: Connection, decoded: Iterable[Decoded]) -> int:
    """Write them down; how many there were."""
    rows = [
        (part.topic, part.partition, each.offset, each.key, each.value, each.reason)
        for part in decoded
        for each in part.unreadable
    ]
    if rows:
        with conn.cursor() as cursor:
            cursor.executemany("INSERT INTO unreadable VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING", rows)
    return len(rows)
