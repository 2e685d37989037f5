"""The register's clock: an argument everywhere, read only at the entry points."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
SWEDEN = ZoneInfo("Europe/Stockholm")


class BadClock(Exception):
    """VAXREG_CLOCK is no date or date and time."""


def clock_from(env: Mapping[str, str]) -> Clock:
    """The wall clock, or the one instant that VAXREG_CLOCK names (a date alone is its noon in Sweden)."""
    told = env.get("VAXREG_CLOCK", "").strip()
    if not told:
        return lambda: datetime.now(UTC)
    instant = read_instant(told)
    return lambda: instant


def read_instant(text: str) -> datetime:
    """The instant, in UTC, of an ISO 8601 date or date and time; without a zone it is Swedish time."""
    try:
        if len(text) == 10:
            local = datetime.combine(date.fromisoformat(text), time(12), SWEDEN)
        else:
            local = datetime.fromisoformat(text)
    except ValueError:
        raise BadClock(f"VAXREG_CLOCK must be YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, not {text!r}") from None
    return (local if local.tzinfo else local.replace(tzinfo=SWEDEN)).astimezone(UTC)


def day_in_sweden(instant: datetime) -> date:
    """The calendar day in Sweden of an instant."""
    return instant.astimezone(SWEDEN).date()
