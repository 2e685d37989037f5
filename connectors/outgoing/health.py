"""Whether the live tables can be reached, told on a connection and a thread that no reader can take."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from connectors.outgoing.reading import pool_of, reading


class Health:
    """Looks at the register beside its readers: also when all their connections and threads are in use."""

    def __init__(self, database_url: str) -> None:
        self._pool = pool_of(database_url, most=1)
        self._thread = ThreadPoolExecutor(max_workers=1)

    def open(self) -> None:
        """Connect; the server calls it when it starts."""
        self._pool.open()

    def close(self) -> None:
        """Leave nothing open."""
        self._thread.shutdown()
        self._pool.close()

    async def look(self) -> None:
        """Raises what keeps readers from an answer."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._look)

    def _look(self) -> None:
        with reading(self._pool) as conn:
            conn.execute("SELECT 1")
