"""A sign of life: a file that is touched as long as a service's loop goes round.

A process can be there and do nothing. docker-compose.yml asks how old the file is, and shows it.
"""

import time
from contextlib import suppress
from pathlib import Path
from threading import Event

HEARTBEAT = "VAXREG_HEARTBEAT"  # the file; none if not set
_AT_MOST_EVERY = 1.0  # seconds


class Heartbeat(Event):
    """Tells a loop to stop; each time that the loop asks, it is alive."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file, self._last = file, float("-inf")

    def is_set(self) -> bool:
        """As Event's; touches the file, at most once a second."""
        if (now := time.monotonic()) - self._last >= _AT_MOST_EVERY:
            with suppress(OSError):  # a full disk is no reason to end
                self._file.touch()
            self._last = now
        return super().is_set()
