"""Every report sent so far into every projection: with the services that run, or with some started for it."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from kafka import TopicPartition
from rich.console import Console
from rich.progress import Progress

from connectors.catching_up import Left, catch_up
from connectors.cli.readiness import make_ready
from connectors.cli.register import environment
from connectors.services import WRITE_AND_READ_SIDE, services
from projections import live, positions
from register.servers.data_folder import data_folder
from register.settings import settings_from


def bring_up_to_date() -> list[tuple[str, int, int]]:
    """(topic, partition, next offset) of everything that projections read, once nothing is left to do."""
    with environment() as env:
        folder = data_folder() if env.get("VAXREG_DATA") else None
        settings = settings_from(env, folder)
        make_ready(settings)
        runs = _runs_already(settings.database_url)
        if runs and os.environ.get("VAXREG_CLOCK"):
            print("warning: services run already, by their own clock; VAXREG_CLOCK is not used", file=sys.stderr)
        with services(() if runs else WRITE_AND_READ_SIDE, env) as check, _progress() as tell:
            reached = catch_up(settings, _projected, tell, check)
    return [(place.topic, place.partition, end) for place, end in sorted(reached.items())]


def _runs_already(database_url: str) -> bool:
    """Whether a relay runs: only one can, and it holds a lock for as long as it lives."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        free = conn.execute("SELECT pg_try_advisory_lock(hashtext('register.relay'))").fetchone()
    return free is not None and not free[0]


def _projected(conn: psycopg.Connection[Any]) -> Mapping[TopicPartition, int]:
    try:
        live.use(conn, live.live_schema(conn))
    except live.NothingLive:
        return {}
    return positions.read(conn)


@contextmanager
def _progress() -> Iterator[Callable[[Left], None]]:
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks: dict[str, Any] = {}

        def tell(left: Left) -> None:
            if left.step not in tasks:
                tasks[left.step] = bar.add_task(left.step, total=left.left)
            task = tasks[left.step]
            bar.update(task, completed=max(0, (bar.tasks[task].total or 0) - left.left))

        yield tell
