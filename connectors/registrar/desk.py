"""The registrar's desk: each word is allowed, written down, sent as a report and answered by its receipt.

The sender, the region and who decided come from the token, never from what was sent.
"""

import secrets
from datetime import UTC, datetime
from typing import Any

from connectors.channel import SenderUnknown
from connectors.outgoing.identity_asked import identity_of
from connectors.outgoing.reading import Pool
from connectors.registrar.reporting import Receipt, Reporting
from connectors.registrar.words import WAITING, Answer, Link, Meaning, Registration
from register.access import Denied, Reader, reading_by
from register.codes import in_words
from register.settings import Settings

# What a word on two identities is called where roles are decided.
ACTIONS = {"linked": "link", "unlinked": "unlink", "different": "tell-apart"}


class Desk:
    """What a registrar can say: each word is allowed, written down, sent as a report and answered by its receipt."""

    def __init__(self, reporting: Reporting, pool: Pool, settings: Settings) -> None:
        self.reporting, self.pool, self.settings = reporting, pool, settings

    def register(self, said: Registration, reader: Reader) -> Answer:
        """Register, correct or take back a reserve number; raises Denied, SenderUnknown or NotSent."""
        may(reader, "register-number", said.region)
        reference = said.reference or secrets.token_hex(8)
        fields = registration_fields(said, reference, reader)
        return self._answered(self.reporting.send(_sender(reader), "ReserveNumberReport.v1", fields), reference)

    def link(self, said: Link, reader: Reader) -> Answer:
        """Say what two identities are; raises Denied, SenderUnknown, NotSent or, for what is no identity, 422."""
        action = ACTIONS[said.event]
        may(reader, action)
        sender = _sender(reader)
        for named in (said.kept, said.absorbed):
            identity = identity_of(named, self.settings)
            with self.pool.connection() as conn:
                reading_by(conn, self.settings.keys, reader, action, identity, at=datetime.now(UTC))
        return self._answered(self.reporting.send(sender, "IdentityLinkReport.v1", link_fields(said, reader)), "")

    def _answered(self, number: str, reference: str) -> Answer:
        found = self.reporting.receipt(number)
        if found is None:
            return Answer(receipt=number, reference=reference, outcome=WAITING, codes=[])
        return answer_of(found, reference)


def may(reader: Reader, action: str, asked: str = "") -> None:
    """Raises Denied where the reader may not ask or say this, about a region or a sender if one is named."""
    allowed = reader.may(action, asked)
    if isinstance(allowed, Denied):
        raise allowed


def registration_fields(said: Registration, reference: str, reader: Reader) -> dict[str, Any]:
    """The report that a registration at the desk makes."""
    return {
        "system_name": system_of(reader),
        "unique_reference": reference,
        "reported_at": datetime.now(UTC),
        "identity_root": said.root,
        "identity_value": said.value,
        "region": said.region,
        "birth_date": str(said.birth_date or ""),
        "birth_year": str(said.birth_year or ""),
        "sex": said.sex,
        "evidence": said.evidence,
        "registered_by": by(reader),
        "registered_on": str(said.registered_on or ""),
        "nullified": said.nullified,
        "nullified_reason": said.nullified_reason,
    }


def link_fields(said: Link, reader: Reader) -> dict[str, Any]:
    """The report that a word on two identities makes."""
    return {
        "system_name": system_of(reader),
        "unique_reference": "",
        "reported_at": datetime.now(UTC),
        "event": said.event,
        "identity_root": said.kept.root,
        "identity_value": said.kept.value,
        "absorbed_root": said.absorbed.root,
        "absorbed_value": said.absorbed.value,
        "reason": said.reason if said.event == "linked" else "",
        "evidence": said.evidence,
        "decided_by": by(reader),
    }


def system_of(reader: Reader) -> str:
    """The name of the desk as a system: every sender has its own."""
    return f"Register desk {reader.sender}"


def by(reader: Reader) -> str:
    """Who says it, as it is kept."""
    return ", ".join(filter(None, (reader.who, reader.role, reader.unit)))


def _sender(reader: Reader) -> str:
    if not reader.sender:
        raise SenderUnknown("the token names no sender")
    return reader.sender


def answer_of(found: Receipt, reference: str) -> Answer:
    """A receipt as it is shown."""
    shown = [Meaning(code=code, meaning=in_words(code)) for code in found.codes]
    return Answer(receipt=found.receipt, reference=reference, outcome=found.outcome, codes=shown)
