"""How readers reach the projections: a pool of connections, and for each request one read-only transaction.

Nobody holds a connection while waiting for another of the same pool: vault and register lie in the same database, are
named by schema, and are asked on the connection that is there.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from psycopg import Connection
from psycopg_pool import ConnectionPool

from projections import live

Pool = ConnectionPool[Connection[Any]]
Reading = Callable[[], AbstractContextManager[Connection[Any]]]  # one read-only transaction

WAIT = 10.0  # seconds for a free connection
MOST = 8  # connections at once


def pool_of(database_url: str, most: int = MOST) -> Pool:
    """A pool, still closed; the server opens it when it starts."""
    return ConnectionPool(database_url, min_size=1, max_size=most, open=False, check=ConnectionPool.check_connection)


@contextmanager
def reading(pool: Pool) -> Iterator[Connection[Any]]:
    """A transaction that sees one state of the live tables and can change nothing; raises live.NothingLive."""
    with pool.connection(timeout=WAIT) as conn:
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        live.use(conn, live.live_schema(conn), for_transaction=True)
        yield conn
