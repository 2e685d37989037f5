"""Receipts: one for every report, written with the facts it led to, published in order by the relay."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from psycopg import Connection, Cursor

from register.avro import encoder, field_names
from register.binary_copy import copy
from register.codes import for_sender
from register.masking import all_masked, own_identity
from register.reports import Report, Unreadable
from register.words import plain
from schemas import decode

SCHEMA = "Receipt.v1"
_IN_ORDER = itemgetter(*field_names(SCHEMA))
_FREE_TEXTS = ("system_name", "unique_reference", "upload", "upload_name")


class Receipt(NamedTuple):
    """One row of the outbox: `key` is the upload's id, or the receipt number, so that an upload stays together.

    Beside it stands whom the report named: an erasure asks for it, and nobody is told.
    """

    number: str
    sender: str
    key: bytes
    state: bytes
    person_id: int | None = None
    other_id: int | None = None


def receipt_for(
    report: Report | Unreadable,
    outcome: str,
    codes: Iterable[str],
    dose_id: int | None,
    now: datetime,
    *,
    persons: tuple[int | None, int | None] = (None, None),
) -> Receipt:
    """What the sender is told of one report: never an identity number, whichever field it was sent in.

    Nor what others reported of the person: that stands in the facts.
    """
    place, said = report.place, report.said
    as_written = [plain(said.get(field) or "") for field in _FREE_TEXTS]
    texts = all_masked(as_written, own_identity(said))
    if "absorbed_value" in said:  # a report on two identities
        texts = all_masked(texts, own_identity(said, "absorbed_value"))
    system_name, unique_reference, upload, upload_name = texts
    told = {
        "receipt": place.receipt,
        "sender": place.sender,
        "kind": report.kind,
        "outcome": outcome,
        "codes": for_sender(codes),
        "system_name": system_name,
        "unique_reference": unique_reference,
        "dose_id": dose_id,
        "report_topic": place.topic,
        "report_partition": place.partition,
        "report_offset": place.offset,
        "reported_at": said.get("reported_at"),
        "recorded_at": now,
        "upload": upload or None,
        "upload_name": upload_name or None,
        "row": said.get("row"),
    }
    state = encoder(SCHEMA)(_IN_ORDER(told))
    return Receipt(place.receipt, place.sender, (upload or place.receipt).encode(), state, *persons)


def forget(conn: Connection[Any], persons: Sequence[int], numbers: Collection[str]) -> None:
    """Let no receipt of a report about these erased people name a record of a sender's or a dose any more.

    `numbers`: receipts that their facts name; only of those that an older register wrote it is not known of whom.
    """
    rows = conn.execute(
        "SELECT receipt, state FROM register.receipts WHERE person_id = ANY(%(ids)s) OR other_id = ANY(%(ids)s)"
        " UNION ALL SELECT receipt, state FROM register.receipts"
        " WHERE receipt = ANY(%(numbers)s) AND person_id IS NULL",
        {"ids": list(persons), "numbers": list(numbers)},
    )
    blanked = [(_blanked(bytes(state)), number) for number, state in sorted(rows.fetchall())]
    with conn.cursor() as curs:
        curs.executemany("UPDATE register.receipts SET state = %b WHERE receipt = %s", blanked)


def _blanked(state: bytes) -> bytes:
    _, said = decode(state)
    return encoder(SCHEMA)(_IN_ORDER({**said, "unique_reference": "", "dose_id": None, "codes": tuple(said["codes"])}))


def write(curs: Cursor[Any], receipts: Iterable[Receipt]) -> None:
    """Into the outbox, in the caller's transaction and under the event store's lock: ids become visible in order."""
    rows = (
        (one.number.encode(), one.sender.encode(), one.key, one.state, _eight(one.person_id), _eight(one.other_id))
        for one in receipts
    )
    copy(curs, ("register", "receipts"), ("receipt", "sender", "key", "state", "person_id", "other_id"), rows)


def _eight(person_id: int | None) -> bytes | None:
    return None if person_id is None else person_id.to_bytes(8, "big")
