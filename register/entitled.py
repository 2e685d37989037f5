"""Who may say what: every sender reports doses, deliveries and reserve numbers; who somebody is, only who was let.

Whoever could tell of anybody that they moved, died, are protected no longer, or are somebody else, could do so to
everybody. So these kinds of report are taken only from senders that were given the right.
"""

from collections.abc import Iterable
from typing import Any

from psycopg import Connection

from register.kinds import KINDS
from register.reports import Report, Unreadable
from register.understanding import Told, Understood

KIND_NOT_OF_SENDER = "KIND-NOT-OF-SENDER"


def restricted() -> tuple[str, ...]:
    """The kinds of report that a sender must have been let send."""
    return tuple(name for name, kind in KINDS.items() if kind.restricted)


def let(conn: Connection[Any], sender: str, kinds: Iterable[str]) -> None:
    """From now on this sender may also report of these kinds."""
    rows = [(sender, kind) for kind in kinds]
    with conn.cursor() as curs:
        curs.executemany("INSERT INTO register.sender_kinds VALUES (%s, %s) ON CONFLICT DO NOTHING", rows)


def let_no_more(conn: Connection[Any], sender: str, kinds: Iterable[str]) -> None:
    """From now on this sender's reports of these kinds are refused; what it reported stays."""
    conn.execute("DELETE FROM register.sender_kinds WHERE sender = %s AND kind = ANY(%s)", (sender, list(kinds)))


def kinds_of(conn: Connection[Any]) -> dict[str, list[str]]:
    """The restricted kinds that each sender may report."""
    found: dict[str, list[str]] = {}
    for sender, kind in conn.execute("SELECT sender, kind FROM register.sender_kinds ORDER BY sender, kind"):
        found.setdefault(sender, []).append(kind)
    return found


class Entitled:
    """What the senders of a batch may say, read at once."""

    def __init__(self, conn: Connection[Any], reports: Iterable[Report | Unreadable]) -> None:
        kinds = restricted()
        senders = {report.place.sender for report in reports if report.kind in kinds}
        self._may: set[tuple[str, str]] = set()
        if senders:
            asked = "SELECT sender, kind FROM register.sender_kinds WHERE sender = ANY(%s)"
            self._may = set(conn.execute(asked, (sorted(senders),)).fetchall())

    def checked(self, found: Understood | Told) -> Understood | Told:
        """The report as it was understood, or refused because its sender may not send this kind."""
        report = found.report
        kind = KINDS.get(report.kind)
        if kind is None or not kind.restricted or (report.place.sender, report.kind) in self._may:
            return found
        if isinstance(found, Understood):
            return Told(report, "refused", (KIND_NOT_OF_SENDER,))
        return Told(report, found.outcome, (*found.codes, KIND_NOT_OF_SENDER))
