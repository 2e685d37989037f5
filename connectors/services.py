"""Some of the register's services for as long as they are needed: started together, watched, stopped together."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from connectors.children import Child, ask_to_stop, begin, wait_or_kill

WRITE_AND_READ_SIDE = ("intake", "relay", "project")


class ServiceStopped(Exception):
    """A service ended that should run; the message names it and its exit code."""


@contextmanager
def services(names: Sequence[str], env: Mapping[str, str]) -> Iterator[Callable[[], None]]:
    """These services until the end of the block; what it gives raises ServiceStopped once one has ended."""
    running: dict[str, Child] = {}

    def check() -> None:
        for name, child in running.items():
            if child.poll() is not None:
                raise ServiceStopped(f"{name} stopped with exit code {child.returncode}")

    try:
        for name in names:
            running[name] = begin([name], env)
        yield check
    finally:
        for child in running.values():
            ask_to_stop(child)
        for child in running.values():
            wait_or_kill(child)
