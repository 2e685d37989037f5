"""Reports as they are read from Kafka: what was said, by whom, where it stands; or that it cannot be read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from register.identities.number import Identity
from register.record_content import record_content
from register.topics import sender_of
from register.vault import Keys
from register.words import plain
from schemas import FRAME_LENGTH, Schema, Undecodable, schema

UNREADABLE = "unreadable"  # the kind of what is no report
KINDS = {
    "DoseReport.v1": "dose",
    "ReserveNumberReport.v1": "reserve-number",
    "PopulationChangeReport.v1": "population",
    "DeliveryReport.v1": "delivery",
    "IdentityLinkReport.v1": "identity-link",
    "BrokenRowReport.v1": UNREADABLE,
}

# Codes of a report that is kept in quarantine. Never renamed.
NOT_DECODABLE = "NOT-DECODABLE"
SCHEMA_UNKNOWN = "SCHEMA-UNKNOWN"
TEXT_TOO_LONG = "TEXT-TOO-LONG"
NOT_DECIDABLE = "NOT-DECIDABLE"  # readable, but the register's own programs failed on it

_INT = 1 << 31  # the end of Avro's int
LONGEST_TEXT = 4_000  # characters
LONGEST_UPLOAD = 200  # characters of an upload's id


class Place(NamedTuple):
    """Where a report stands; `receipt` is the number of the one receipt that it gets."""

    topic: str
    partition: int
    offset: int
    sender: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a sender said, in the words of its schema. It may hold an identity number: never printed."""

    place: Place
    kind: str
    said: dict[str, Any] = field(repr=False)
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Bytes that are no report; kept whole, because what they are may be found out later."""

    place: Place
    code: str
    value: bytes | None = field(repr=False)
    kind: str = UNREADABLE
    said: Mapping[str, Any] = field(default_factory=dict)


def read(topic: str, partition: int, offset: int, value: bytes | None) -> Report | Unreadable:
    """The report in a record of `reports.<sender>`."""
    sender = sender_of(topic)
    place = Place(topic, partition, offset, sender, f"{sender}-{partition}-{offset}")
    found = _kinds_by_frame().get(value[:FRAME_LENGTH]) if value else None
    if value is None or found is None:
        return Unreadable(place, SCHEMA_UNKNOWN, value)
    kind, its_schema = found
    try:
        said = its_schema.decode_body(value)
    except Undecodable:
        return Unreadable(place, NOT_DECODABLE, value)
    if not 0 <= (said["row"] or 0) < _INT:  # which fastavro reads and cannot write
        return Unreadable(place, NOT_DECODABLE, value)
    if len(value) > LONGEST_UPLOAD and _too_long(said):
        return Unreadable(place, TEXT_TOO_LONG, value)
    return Report(place, kind, said, value)


def _too_long(said: Mapping[str, Any]) -> bool:
    """A text that would not fit into what comes of the report: a message of 1 MiB, a key of an index of 2 704 bytes."""
    if len(said["upload"] or "") > LONGEST_UPLOAD:
        return True
    return any(len(text) > LONGEST_TEXT for text in said.values() if isinstance(text, str))


@cache
def _kinds_by_frame() -> dict[bytes, tuple[str, Schema]]:
    # Only reports: a fact or a receipt on a topic of reports is as little a report as an unknown schema is.
    return {schema(name).frame: (kind, schema(name)) for name, kind in KINDS.items()}


def record_key(keys: Keys, report: Report, identity: Identity | None, holder: str) -> bytes:
    """Which record of which system a report is about (16 bytes), as nobody can tell without the key.

    System name and unique reference say it, within a kind of report (systems number their doses and their deliveries
    apart) and for the sender under whom the system's records stand, the `holder`: so no sender touches another's.
    Where a system has no references, the whole content says it, with the identity as it is read.
    """
    # Without the sign that parts the words of a key: no name may pass for another name and something more.
    system = holder + "\x1f" + plain(report.said["system_name"]).replace("\x1f", " ")
    reference = plain(report.said["unique_reference"])
    if reference:
        return keys.record_key(f"{report.kind}\x1f{system}", reference)
    content = record_content(report.kind, report.said, identity)
    return keys.record_key(f"{report.kind}\x1f{system}\x1fcontent", content)
