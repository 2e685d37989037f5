"""A report on two identities read: every word understood, or every reason why not."""

from datetime import datetime
from typing import Any, NamedTuple, cast

from register.decision import Context, Refused
from register.identities.number import BrokenIdentity, Identity
from register.links.facts import Reason
from register.links.history import State
from register.links.rules import FLAGS_LINK, REFUSES_LINK, ReadLink
from register.masking import masked, own_identity, without_numbers
from register.rules import codes_of
from register.words import plain

_STATES: dict[str, State] = {"linked": "linked", "unlinked": "unlinked", "different": "apart"}


class UnderstoodLink(NamedTuple):
    """A report on two identities that can be decided."""

    kept: Identity
    absorbed: Identity
    reported_at: datetime
    state: State
    reason: Reason
    evidence: str
    by: str
    flags: tuple[str, ...]


def understand_link(
    report: dict[str, Any], kept: Identity | BrokenIdentity, absorbed: Identity | BrokenIdentity, ctx: Context
) -> UnderstoodLink | Refused:
    """What an IdentityLinkReport.v1 says."""
    own, other = own_identity(report), own_identity(report, "absorbed_value")
    as_written = plain(report["evidence"]), plain(report["decided_by"])
    # Who decided stays as it is known by, such as an HSA-id, whatever its digits.
    evidence, by = without_numbers(as_written[0], own, other), masked(masked(as_written[1], own), other)
    link = ReadLink(report, kept, absorbed, evidence, by, (evidence, by) != as_written)
    codes = codes_of(REFUSES_LINK, link, ctx.today)
    broken = tuple(code for one in (kept, absorbed) if isinstance(one, BrokenIdentity) for code in one.codes)
    if isinstance(kept, BrokenIdentity) or isinstance(absorbed, BrokenIdentity) or codes:
        return Refused((*broken, *codes))
    return UnderstoodLink(
        kept,
        absorbed,
        ctx.written_at(report["reported_at"]),
        _STATES[report["event"].strip()],
        cast(Reason, report["reason"].strip() or "same-person"),
        evidence,
        by,
        (*kept.flags, *absorbed.flags, *codes_of(FLAGS_LINK, link, ctx.today)),
    )
