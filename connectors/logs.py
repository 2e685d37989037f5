"""What the register's programs write to their logs: their own words, and a library's only as far as they help."""

import logging
import os
import time

_AGAIN_AFTER = 60.0  # seconds


class OnceAMinute(logging.Filter):
    """Lets a line of a library through once a minute, without the traceback of what the library then mends itself.

    kafka-python writes several lines a second for as long as a broker is gone.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """False for a line of kafka-python that was let through less than a minute ago, whatever its details."""
        if not record.name.startswith("kafka"):
            return True
        now = time.monotonic()
        line = record.name, str(record.msg)
        if now - self._last.get(line, -_AGAIN_AFTER) < _AGAIN_AFTER:
            return False
        self._last[line] = now
        record.exc_info = record.exc_text = None
        return True


def begin() -> None:
    """Write to standard error from the level that VAXREG_LOG names, `WARNING` if it names none."""
    logging.basicConfig(
        level=os.environ.get("VAXREG_LOG", "WARNING"), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("kafka").setLevel(logging.ERROR)
    for handler in logging.getLogger().handlers:
        handler.addFilter(OnceAMinute())
