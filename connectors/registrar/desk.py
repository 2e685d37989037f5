"""The registrar's desk: each word is allowed, written down, sent as a report and answered by its receipt.

The sender, the region and who decided come from the token, never from what was sent.
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.channel import SenderUnknown
from connectors.outgoing.reading import Pool
from connectors.registrar.faults import OF_LINK, OF_REGISTRATION, Fault, NotTaken, faults, read
from connectors.registrar.reporting import Receipt, Reporting
from connectors.registrar.words import WAITING, Answer, Link, Meaning, Registration
from register.access import Denied, Reader, reading_by
from register.clock import day_in_sweden
from register.codes import in_words
from register.identities.number import BrokenIdentity, Identity
from register.links.rules import REFUSES_LINK, ReadLink
from register.rules import codes_of
from register.settings import Settings
from register.words import plain

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
        receipt = self.reporting.send(_sender(reader), "ReserveNumberReport.v1", fields)
        return self._answered(receipt, OF_REGISTRATION, reference)

    def link(self, said: Link, reader: Reader) -> Answer:
        """Say what two identities are; raises Denied, SenderUnknown, NotSent or, where one is no identity, NotTaken."""
        action = ACTIONS[said.event]
        may(reader, action)
        sender = _sender(reader)
        kept, absorbed, found = self._two(said, reader)
        if isinstance(kept, BrokenIdentity) or isinstance(absorbed, BrokenIdentity):
            raise NotTaken(found)
        for identity in (kept, absorbed):
            with self.pool.connection() as conn:
                reading_by(conn, self.settings.keys, reader, action, identity, at=datetime.now(UTC))
        return self._answered(self.reporting.send(sender, "IdentityLinkReport.v1", link_fields(said, reader)), OF_LINK)

    def faults_of_link(self, said: Link, reader: Reader) -> list[Fault]:
        """Every broken rule that can be seen without looking anybody up."""
        return self._two(said, reader)[2]

    def _two(
        self, said: Link, reader: Reader
    ) -> tuple[Identity | BrokenIdentity, Identity | BrokenIdentity, list[Fault]]:
        kept, of_kept = read(said.kept, self.settings, "kept.")
        absorbed, of_absorbed = read(said.absorbed, self.settings, "absorbed.")
        link = ReadLink(link_fields(said, reader), kept, absorbed, plain(said.evidence), by(reader), masked=False)
        codes = codes_of(REFUSES_LINK, link, day_in_sweden(self.settings.clock()))
        # Which of the two is broken is told by the field.
        of_both = faults((code for code in codes if code != "ABSORBED-IDENTITY-BROKEN"), OF_LINK)
        return kept, absorbed, [*of_kept, *of_absorbed, *of_both]

    def _answered(self, number: str, fields: Mapping[str, str], reference: str = "") -> Answer:
        found = self.reporting.receipt(number)
        if found is None:
            return Answer(receipt=number, reference=reference, outcome=WAITING, codes=[])
        return answer_of(found, reference, fields)


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


def answer_of(found: Receipt, reference: str, fields: Mapping[str, str]) -> Answer:
    """A receipt as it is shown, with the fields of the question that each code is about."""
    shown = [
        Meaning(
            code=fault.code, meaning=fault.in_words() if fields else in_words(fault.code), fields=list(fault.fields)
        )
        for fault in faults(found.codes, fields)
    ]
    return Answer(receipt=found.receipt, reference=reference, outcome=found.outcome, codes=shown)
