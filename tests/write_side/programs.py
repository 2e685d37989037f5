"""Intake and relay as processes of their own, so that tests can kill them: `python -m tests.write_side.programs`."""

import os
import signal
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from threading import Event

from register import intake, relay
from register.intake import run_intake
from register.relay import run_relay
from register.settings import settings_from
from register.vault.keys import LOOKUP_KEY, VAULT_KEY

PROGRAMS = {"intake": run_intake, "relay": run_relay}
ROOT = Path(__file__).parents[2]


def environment(database_url: str, kafka: str, **more: str) -> dict[str, str]:
    """What a process of the register is started with; the keys are made for these tests alone."""
    keys = {VAULT_KEY: b64encode(b"v" * 32).decode(), LOOKUP_KEY: b64encode(b"l" * 32).decode()}
    servers = {"DATABASE_URL": database_url, "KAFKA_BOOTSTRAP": kafka}
    return {**os.environ, **keys, **servers, "PYTHONPATH": str(ROOT), **more}


def start(program: str, env: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start one of the two programs."""
    return subprocess.Popen([sys.executable, "-m", "tests.write_side.programs", program], env=env, cwd=ROOT)


def main(program: str) -> None:
    if few := os.environ.get("VAXREG_TEST_FEW"):
        # Many small transactions, so that a kill meets every moment of one.
        intake.BATCH = relay.PAGE = int(few)
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    if profile := os.environ.get("VAXREG_PROFILE"):
        import cProfile  # noqa: PLC0415

        profiler = cProfile.Profile()
        profiler.runcall(PROGRAMS[program], settings_from(os.environ), stop)
        profiler.dump_stats(f"{profile}.{program}")
    else:
        PROGRAMS[program](settings_from(os.environ), stop)


if __name__ == "__main__":
    main(sys.argv[1])
