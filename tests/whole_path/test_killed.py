"""Kill -9 of intake, relay, projections and the broker under load: nothing lost, nothing counted twice.

Real processes, killed at random moments. VAXREG_KILLS says how often; VAXREG_SEED plays the same victims again.
"""

import os
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import islice
from pathlib import Path
from random import Random

import psycopg
import pytest
from kafka import TopicPartition

from connectors.catching_up import catch_up
from projections import live, positions
from register import store
from register.servers import running
from register.servers.hosting import hosted
from register.servers.kafka import Kafka
from register.settings import settings_from
from register.vault.keys import LOOKUP_KEY, VAULT_KEY
from tests.whole_path.at_work import AtWork
from tests.whole_path.load import PEOPLE, said
from tests.whole_path.reckoning import people_known, reckon
from tests.whole_path.test_any_crash import summed
from tests.whole_path.worlds import SENDERS, Report

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("VAXREG_KILLS", "12"))
PROGRAMS = ("intake", "relay", "project")
TODAY = date(2021, 12, 27)


class Programs:
    """Intake, relay and projections as processes of their own, started again when they are killed."""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        self._env, self._log = env, log.open("ab")
        self._running = {name: self._start(name) for name in PROGRAMS}

    def kill(self, name: str) -> None:
        """kill -9, and a new one in its place."""
        self._running[name].kill()
        self._running[name].wait()
        self._running[name] = self._start(name)

    def stop(self) -> None:
        """End all of them."""
        for each in self._running.values():
            each.terminate()
        for each in self._running.values():
            try:
                each.wait(20)
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait()
        self._log.close()

    def keep_running(self) -> None:
        """As a supervisor does: whatever ended, for instance because it was started with no broker, starts again."""
        for name, each in self._running.items():
            if each.poll() is not None:
                self._running[name] = self._start(name)

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "connectors.cli", name]
        return subprocess.Popen(command, env=self._env, cwd=ROOT, stdout=self._log, stderr=self._log)


class Load:
    """A process that sends reports until it is told to stop."""

    def __init__(self, address: str, seed: int, env: dict[str, str]) -> None:
        self._seed = seed
        command = [sys.executable, "-m", "tests.whole_path.load", address, str(seed)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, env=env, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)

    def confirmed(self) -> list[Report]:
        """No more reports; those that Kafka has confirmed."""
        told, _ = self._process.communicate(timeout=60)
        return list(islice(said(self._seed), int(told)))

    def stop(self) -> None:
        """Be gone."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


@contextmanager
def broker(folder: Path) -> Iterator[tuple[Kafka, str]]:
    """A broker of this test's own, which may be killed."""
    kafka = Kafka(folder / "kafka")
    with hosted([kafka]) as [address]:
        yield kafka, address


def kill_broker(kafka: Kafka) -> None:
    """kill -9 of the broker; it is started again for this test, at the same address."""
    noted = running.read(kafka.folder)
    assert noted is not None
    os.kill(noted.server.pid, signal.SIGKILL)
    with hosted([kafka]) as [address]:
        assert address == noted.address


@pytest.mark.timeout(900)
def test_after_many_kills_everything_that_was_confirmed_is_counted_once(data_folder: Path, fresh_database: str) -> None:
    seed = int(os.environ.get("VAXREG_SEED", "20210418"))
    random = Random(seed)
    with broker(data_folder) as (kafka, address):
        env = {
            **os.environ,
            "DATABASE_URL": fresh_database,
            "KAFKA_BOOTSTRAP": address,
            "VAXREG_CLOCK": TODAY.isoformat(),
            "VAXREG_PARTITIONS": "2",
            VAULT_KEY: b64encode(b"v" * 32).decode(),
            LOOKUP_KEY: b64encode(b"l" * 32).decode(),
        }
        settings = settings_from(env)
        store.create_tables(fresh_database)
        register = AtWork(settings)
        register.add(SENDERS)
        programs = Programs(env, data_folder / "programs.log")
        load = Load(address, seed, env)
        try:
            for victim in victims(random):
                time.sleep(random.uniform(0.3, 3.0))
                programs.keep_running()
                if victim == "broker":
                    kill_broker(kafka)
                else:
                    programs.kill(victim)
            confirmed = load.confirmed()
            catch_up(settings, projected, lambda _: None, programs.keep_running)
        finally:
            load.stop()
            programs.stop()
        assert len(confirmed) > 20, "the load must have been at work"
        all_is_counted_once(register, confirmed)
        log = (data_folder / "programs.log").read_text(errors="replace")
        assert "Traceback" not in log, log
        assert not any(writing in log for person in PEOPLE for writing in person.writings)


def victims(random: Random) -> list[str]:
    """Each of the four in turn, in random order."""
    everyone = [*PROGRAMS, "broker"]
    return [victim for _ in range(-(-KILLS // 4)) for victim in random.sample(everyone, 4)][:KILLS]


def projected(conn: psycopg.Connection) -> dict[TopicPartition, int]:
    """How far the projections have read."""
    live.use(conn, live.live_schema(conn))
    return positions.read(conn)


def all_is_counted_once(register: AtWork, confirmed: list[Report]) -> None:
    """Every report on Kafka has its receipt; counts are those of the reports; a rebuild gives the same."""
    arrivals = [(TODAY, report) for report in confirmed]
    assert people_known(arrivals)
    with register.reading() as conn:
        cells = conn.execute("SELECT area, 0, birth_year, sex, dose, week, product, persons, doses FROM coverage")
        assert summed(cells.fetchall()) == reckon(arrivals, TODAY)
        kept = [number for (number,) in conn.execute("SELECT receipt FROM register.receipts")]
    sent = register.on_topics("reports.")
    assert len(sent) >= len(confirmed)  # what was not confirmed in time was sent again
    assert len(kept) == len(sent) == len(set(kept))
    rebuilt = register.rebuild()
    assert rebuilt.differing == ()
