"""Whose the system names of a batch are: read at once, and known from then on as the batch is decided."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from psycopg import Connection

from register.masking import gives_away, own_identity
from register.reports import Report, Unreadable
from register.systems import store
from register.systems.names import NOBODYS, folded, key_of, shown
from register.systems.store import System
from register.understanding import Told, Understood
from register.vault import Keys

SYSTEM_OF_ANOTHER_SENDER = "SYSTEM-OF-ANOTHER-SENDER"


class Owners:
    """The first sender of whom a report is taken under a name is the one it belongs to."""

    def __init__(
        self, conn: Connection[Any], keys: Keys, reports: Iterable[Report | Unreadable], now: datetime
    ) -> None:
        written = {report.said.get("system_name", "") for report in reports}
        self._keys_of = {name: key_of(name, keys) for name in written if folded(name)}
        self._senders = store.find(conn, set(self._keys_of.values()))
        self._new: dict[str, System] = {}
        self._now = now

    def checked(self, found: Understood | Told) -> Understood | Told:
        """The report as it was understood, or refused because its system name is another sender's."""
        report = found.report
        key = self._keys_of.get(report.said.get("system_name", ""))
        if key is None or self._senders.get(key, report.place.sender) == report.place.sender:
            return found
        if isinstance(found, Understood):
            return Told(report, "refused", (SYSTEM_OF_ANOTHER_SENDER,))
        return Told(report, found.outcome, (*found.codes, SYSTEM_OF_ANOTHER_SENDER))

    def accept(self, report: Report) -> None:
        """A report was taken: if its system name was nobody's, it is this sender's from here on."""
        said, sender = report.said, report.place.sender
        name = said.get("system_name", "")
        key = self._keys_of.get(name)
        if key is None or key in self._senders or key in NOBODYS:
            return
        if key == folded(name) and _tells_of_a_person(key, said):  # kept nowhere in clear text
            return
        self._senders[key] = sender
        self._new[key] = System(key, shown(name), sender, self._now)

    def new(self) -> list[System]:
        """Names that became somebody's in this batch."""
        return list(self._new.values())


def _tells_of_a_person(name: str, said: dict[str, Any]) -> bool:
    """Whether the name holds what one of the report's persons is known by."""
    fields = ("identity_value", "absorbed_value")
    return any(gives_away(name, own_identity(said, field)) for field in fields if said.get(field))
