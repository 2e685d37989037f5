"""Which record a report without a reference is: the one with the same content."""

from typing import Any

from register.identities.number import Identity

# What may differ between two sendings of the same record.
_NOT_CONTENT = frozenset(
    ("unique_reference", "reported_at", "nullified", "nullified_reason", "upload", "upload_name", "row")
)


def record_content(kind: str, report: dict[str, Any], identity: Identity | None = None) -> str:
    """All that a report of a kind says of its subject, in one canonical text; with the person's identity, if read.

    With the identity given, the same number written in another way makes no other record. The text holds the
    number: it is for a keyed hash only.
    """
    said = report
    if identity is not None:
        said = {**report, "identity_root": identity.root, "identity_value": identity.value}
    words = [f"{name}={' '.join(str(said[name]).split())}" for name in sorted(said) if name not in _NOT_CONTENT]
    return "\x1f".join((kind, *words))
