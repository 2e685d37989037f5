"""How the register stands: what is left to do, how far projections have read, what was refused."""

from collections.abc import Iterator

import psycopg

from connectors.catching_up import published_ends
from connectors.cli.register import register
from projections import live, positions
from projections.municipality_uploads import not_taken
from register.lag import intake_lag, relay_lag
from register.settings import Settings

_QUARANTINED = "SELECT topic, code, count(*) FROM register.quarantine GROUP BY topic, code ORDER BY topic, code"
_UNREADABLE = "SELECT topic, count(*) FROM unreadable GROUP BY topic ORDER BY topic"

Line = tuple[str, str, int]


def standing() -> list[Line]:
    """(what, of what, how many), from the sender's reports to what can be asked."""
    from connectors.cli.readiness import make_ready  # noqa: PLC0415

    with register() as settings:
        make_ready(settings)
        return [*_write_side(settings), *_read_side(settings)]


def _write_side(settings: Settings) -> Iterator[Line]:
    for sender, left in intake_lag(settings).items():
        yield "reports to decide", sender, left
    unpublished = relay_lag(settings)
    yield "facts to publish", "", unpublished.facts
    yield "receipts to publish", "", unpublished.receipts
    with psycopg.connect(settings.database_url) as conn:
        for topic, code, count in conn.execute(_QUARANTINED):
            yield "reports in quarantine", f"{topic} {code}", count


def _read_side(settings: Settings) -> Iterator[Line]:
    ends = published_ends(settings)
    try:
        conn = live.connect(settings.database_url)
    except live.NothingLive:
        yield "records to project", "", sum(ends.values())
        return
    with conn:
        read = positions.read(conn)
        yield "records to project", "", sum(max(0, end - read.get(place, 0)) for place, end in ends.items())
        for place, position in sorted(read.items()):
            yield "position", f"{place.topic} {place.partition}", position
        for sender, outcome, code, count in not_taken(conn):
            yield f"reports {outcome}", f"{sender} {code}", count
        unreadable = conn.execute(_UNREADABLE).fetchall()
        for topic, count in unreadable or [("", 0)]:
            yield "facts that could not be counted", topic, count
