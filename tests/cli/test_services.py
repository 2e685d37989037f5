"""How a service ends: when it is asked to, and when the program that started it is gone."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from connectors.children import STOPS_WITH_INPUT

A_SERVICE = """
import signal
from threading import Event
from connectors.children import stop_with_input

stop = Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
stop_with_input(stop)
print("ready", flush=True)
stop.wait()
"""


@pytest.fixture
def service() -> Iterator["subprocess.Popen[bytes]"]:
    env = {**os.environ, STOPS_WITH_INPUT: "1"}
    command = [sys.executable, "-c", A_SERVICE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_a_service_ends_in_good_order_when_asked_although_its_input_stays_open(
    service: "subprocess.Popen[bytes]",
) -> None:
    service.terminate()
    assert service.wait(20) == 0


def test_a_service_ends_in_good_order_when_its_input_ends(service: "subprocess.Popen[bytes]") -> None:
    assert service.stdin is not None
    service.stdin.close()
    assert service.wait(20) == 0
