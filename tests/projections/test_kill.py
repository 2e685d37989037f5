"""Kill -9 of projecting processes under load, at random moments: nothing lost, nothing counted twice."""

import os
import subprocess
import sys
from itertools import islice
from random import Random
from time import sleep

import pytest

import projections.follower
from projections.runner import caught_up
from tests.projections.conftest import Log
from tests.projections.facts import histories
from tests.projections.test_runner import counted, counts, gives_up_after, wait

KILLS = int(os.environ.get("VAXREG_KILLS", "8"))


def start(log: Log, database: str, most_rows: int) -> subprocess.Popen[bytes]:
    """A process that projects; the broker waits 6 s (the least it allows) before it gives up on a killed one."""
    program = "import projections.follower as f, runpy; f.SESSION = 6000; runpy.run_module({!r}, run_name='__main__')"
    module = "tests.projections.run_fact_counts"
    return subprocess.Popen(
        [sys.executable, "-c", program.format(module), database, log.address, log.topic, str(most_rows)],
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.timeout(600)
def test_kill_9_under_load_many_times_loses_nothing_and_counts_nothing_twice(log: Log, fresh_database: str) -> None:
    random = Random(9)
    told = list(histories(60_000, 3000))
    rest = iter(told)
    assert projections.follower.SESSION >= 6000
    workers = [start(log, fresh_database, 200), start(log, fresh_database, 200)]
    try:
        for _ in range(KILLS):
            over = gives_up_after(random.uniform(0.2, 2.5))
            while not over():
                log.tell(islice(rest, 500))
                sleep(0.02)
            victim = workers.pop(random.randrange(2))
            victim.kill()
            victim.wait()
            workers.append(start(log, fresh_database, 200))
        log.tell(rest)
        wait(lambda: caught_up(fresh_database, log.kafka, [log.projection]), 120)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert log.out_of_order() == 0
    people, kinds = counts(fresh_database)
    assert kinds == counted(told)[1]
    assert people == counted(told)[0]
