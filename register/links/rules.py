"""The rules for links. Codes are shown to senders and never renamed or reused."""

from dataclasses import dataclass
from typing import Any, get_args

from register.identities.number import BrokenIdentity, Identity, looks_like_identity
from register.identities.series import series_by_root
from register.links.facts import Reason
from register.rules import Rule, Rules

EVENTS = ("linked", "unlinked", "different")


@dataclass(slots=True)
class ReadLink:
    """A report on two identities with its words read."""

    report: dict[str, Any]
    kept: Identity | BrokenIdentity
    absorbed: Identity | BrokenIdentity
    evidence: str
    by: str
    masked: bool


def _may_be_national(identity: Identity | BrokenIdentity) -> bool:
    return (
        isinstance(identity, Identity)
        and identity.kind == "reserve"
        and identity.root not in series_by_root()
        and looks_like_identity(identity.value)
    )


# To add a reason for refusing a report on two identities, add a row: code, when it applies, days in force.
REFUSES_LINK: Rules[ReadLink] = (
    Rule("EVENT-UNKNOWN", lambda r: r.report["event"].strip() not in EVENTS),
    Rule("ABSORBED-IDENTITY-BROKEN", lambda r: isinstance(r.absorbed, BrokenIdentity)),
    # Ten digits of a series that nobody knows may be anybody's number, also a secret identity's, which is never linked.
    Rule("IDENTITY-OTHER-SERIES", lambda r: any(_may_be_national(one) for one in (r.kept, r.absorbed))),
    Rule("LINK-SAME-IDENTITY", lambda r: isinstance(r.kept, Identity) and r.kept == r.absorbed),
    Rule("LINK-REASON-UNKNOWN", lambda r: r.report["reason"].strip() not in ("", *get_args(Reason))),
    # Two people's histories become one on this alone, or one person's become two.
    Rule("LINK-EVIDENCE-MISSING", lambda r: not r.evidence),
    Rule("LINK-DECIDED-BY-MISSING", lambda r: not r.by),
)

# To add a flag for what is written of two identities, add a row; what the register holds of them is asked in flags.py.
FLAGS_LINK: Rules[ReadLink] = (Rule("TEXT-HOLDS-IDENTITY", lambda r: r.masked),)
