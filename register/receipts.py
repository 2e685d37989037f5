"""Receipts: one for every report, written with the facts it led to, published in order by the relay."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Cursor

from register.masking import masked
from register.reports import Place, Report, Unreadable
from schemas import schema


@dataclass(frozen=True, slots=True)
class Receipt:
    """One row of the outbox: `key` is the upload's id, or the receipt number, so that an upload stays together."""

    number: str
    sender: str
    key: bytes
    state: bytes


def receipt_for(
    report: Report | Unreadable, outcome: str, codes: Iterable[str], dose_id: int | None, now: datetime
) -> Receipt:
    """What the sender is told of one report: never an identity number, whichever field it was sent in."""
    place, said = report.place, report.said
    upload = masked(said["upload"]) if said.get("upload") else None
    state = schema("Receipt.v1").encode(
        {
            **_where(place),
            "kind": report.kind,
            "outcome": outcome,
            "codes": list(codes),
            "system_name": masked(said.get("system_name", "")),
            "unique_reference": masked(said.get("unique_reference", "")),
            "dose_id": dose_id,
            "reported_at": said.get("reported_at"),
            "recorded_at": now,
            "upload": upload,
            "upload_name": masked(said["upload_name"]) if said.get("upload_name") else None,
            "row": said.get("row"),
        }
    )
    return Receipt(place.receipt, place.sender, (upload or place.receipt).encode(), state)


def write(curs: Cursor[Any], receipts: Iterable[Receipt]) -> None:
    """Into the outbox, inside the caller's transaction and under the event store's lock: the ids have no gaps."""
    with curs.copy("COPY register.receipts (receipt, sender, key, state) FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(("text", "text", "bytea", "bytea"))
        for receipt in receipts:
            copy.write_row((receipt.number, receipt.sender, receipt.key, receipt.state))


def _where(place: Place) -> dict[str, Any]:
    return {
        "receipt": place.receipt,
        "sender": place.sender,
        "report_topic": place.topic,
        "report_partition": place.partition,
        "report_offset": place.offset,
    }
