"""Which record a report without a reference is: the one with the same content."""

from typing import Any

# What may differ between two sendings of the same record.
_NOT_CONTENT = frozenset(
    ("unique_reference", "reported_at", "nullified", "nullified_reason", "upload", "upload_name", "row")
)


def record_content(kind: str, report: dict[str, Any]) -> str:
    """All that a report of a kind (its schema's name) says of its subject, in one canonical text.

    The text holds the identity number: it is for a keyed hash only.
    """
    words = [kind]
    for name in sorted(report):
        if name not in _NOT_CONTENT:
            words.append(f"{name}={' '.join(str(report[name]).split())}")
    return "\x1f".join(words)
