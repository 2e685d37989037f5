"""The register that is measured: its servers, its environment, and what is done in it one step after the other."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from uuid import uuid4

import psycopg
from kafka import KafkaAdminClient
from psycopg import sql
from psycopg.conninfo import make_conninfo

from connectors.cli.readiness import make_ready
from register import senders
from register.entitled import restricted
from register.servers.embedded import servers
from register.settings import settings_from
from tests.benchmarks import write_side
from tests.benchmarks.alone import Spent
from tests.benchmarks.processor import server_time
from tests.benchmarks.table import Measured
from tests.benchmarks.visible import Latency
from tests.benchmarks.write_side import Worked
from tests.write_side.programs import environment

P = ParamSpec("P")
T = TypeVar("T")

CLOCK = "2021-11-01"
OURS = ("events.", "reports.", "receipts.", "bench.")


class Steps:
    """Does one thing after the other in a register, and knows what the servers had to do for the last one."""

    def __init__(self, env: dict[str, str], folder: Path) -> None:
        self.env, self._folder = env, folder
        self.servers = server_time(folder)

    def do(self, name: str, work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
        """Do it, and say on standard error how long it took."""
        before, started = server_time(self._folder), time.perf_counter()
        answer = work(*args, **more)
        print(f"{name}: {time.perf_counter() - started:.1f} s", file=sys.stderr)
        self.servers = server_time(self._folder).since(before)
        return answer

    def measured(
        self, step: str, name: str, rate: float, unit: str, *, count: int, spent: Spent | Worked | Latency, **more: Any
    ) -> Measured:
        """A line about the last thing done, which was done to so many."""
        seconds = (spent.processor, self.servers.postgres, self.servers.kafka)
        each = tuple(None if part is None else 1e6 * part / count for part in seconds)
        load = os.getloadavg()[0]
        return Measured(step, name, rate, unit, peak_mb=spent.peak_mb, processor_us=each, load=load, **more)


@contextmanager
def empty_register() -> Iterator[Steps]:
    """A register in which nothing has happened; nothing of it is left at the end."""
    folder = Path(tempfile.mkdtemp(prefix="vaxreg-bench-", dir="/var/tmp"))
    folder.chmod(0o711)
    try:
        with servers(folder) as addresses, _database(addresses.database_url) as database, _topics(addresses.kafka):
            env = environment(database, addresses.kafka, VAXREG_CLOCK=CLOCK)
            settings = settings_from(env)
            make_ready(settings)
            senders.add(settings, write_side.SENDER, may=restricted())
            yield Steps(env, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _database(server: str) -> Iterator[str]:
    name = f"vaxreg_bench_{uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield make_conninfo(server, dbname=name)
        finally:
            conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def _topics(kafka: str) -> Iterator[None]:
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    try:
        if any(name.startswith(OURS) for name in admin.list_topics()):
            sys.exit("This broker holds topics of a register. Benchmarks want one of their own.")
        try:
            yield
        finally:
            admin.delete_topics([name for name in admin.list_topics() if name.startswith(OURS)])
    finally:
        admin.close()
