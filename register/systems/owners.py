"""Whose the system names of a batch are, read at once: a name that was given to a sender is nobody else's."""

from collections.abc import Iterable
from typing import Any

from psycopg import Connection

from register.reports import Report, Unreadable
from register.systems import store
from register.systems.names import folded
from register.understanding import Told, Understood

SYSTEM_OF_ANOTHER_SENDER = "SYSTEM-OF-ANOTHER-SENDER"


class Owners:
    """The senders that names were given to.

    A name that was given to nobody is each sender's own: two regions may run a system of one name, and neither can
    touch the other's records, because whose records a report is about is part of what names them.
    """

    def __init__(self, conn: Connection[Any], reports: Iterable[Report | Unreadable]) -> None:
        self._owned = store.find(conn, {name for report in reports if (name := _name(report))})

    def holder(self, report: Report) -> str:
        """Under whom the records of the report's system stand: its sender, or whoever had the name first given."""
        system = self._owned.get(_name(report))
        return system.records_of if system and system.sender == report.place.sender else report.place.sender

    def checked(self, found: Understood | Told) -> Understood | Told:
        """The report as it was understood, or refused because its system name is another sender's."""
        report = found.report
        system = self._owned.get(_name(report))
        if system is None or system.sender == report.place.sender:
            return found
        if isinstance(found, Understood):
            return Told(report, "refused", (SYSTEM_OF_ANOTHER_SENDER,))
        return Told(report, found.outcome, (*found.codes, SYSTEM_OF_ANOTHER_SENDER))


def _name(report: Report | Unreadable) -> str:
    return folded(report.said.get("system_name", ""))
