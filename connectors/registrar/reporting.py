"""One report on its way in from the web: written to its sender's topic like any other, and answered by its receipt."""

import time
from datetime import datetime
from threading import Lock
from typing import Any, NamedTuple

from kafka import KafkaProducer
from kafka.errors import KafkaError
from psycopg import Connection

from connectors.channel import NotSent, SenderUnknown, report_key
from connectors.incoming.rows import Report
from connectors.outgoing.reading import Pool
from register import record_batches, topics
from register.settings import Settings
from schemas import decode, schema

PATIENCE = 8.0  # seconds that somebody at a desk waits for an answer
_LOOKS_EVERY = 0.02  # seconds
_KAFKA_TAKES = 10  # seconds at most until Kafka has it
_NO_UPLOAD = {"upload": None, "upload_name": None, "row": None}


class Receipt(NamedTuple):
    """What became of a report."""

    receipt: str
    outcome: str
    codes: tuple[str, ...]
    recorded_at: datetime


class Reporting:
    """Sends reports and finds their receipts; one producer for all of them, made when it is first needed."""

    def __init__(self, settings: Settings, pool: Pool) -> None:
        self._settings, self._pool = settings, pool
        self._producer: KafkaProducer | None = None
        self._lock = Lock()

    def close(self) -> None:
        """Let Kafka have what is on its way."""
        if self._producer is not None:
            self._producer.close(timeout=_KAFKA_TAKES)

    def send(self, sender: str, name: str, fields: dict[str, Any]) -> str:
        """Put a report on its sender's topic; the number of the receipt that it will get. Raises as a channel does."""
        with self._pool.connection() as conn:
            if not _is_sender(conn, sender):
                raise SenderUnknown(f"sender {sender} is not known or was shut out; let it in with: vaxreg sender add")
        report = Report(0, name, {**fields, **_NO_UPLOAD})
        try:
            sent = self._connected().send(
                topics.reports(sender), key=report_key(report), value=schema(name).encode(report.fields)
            )
            place = sent.get(timeout=_KAFKA_TAKES)
        except KafkaError as failure:
            raise NotSent(f"Kafka did not take the report ({type(failure).__name__}); send it again") from None
        return f"{sender}-{place.partition}-{place.offset}"

    def receipt(self, number: str, patience: float = PATIENCE) -> Receipt | None:
        """The receipt of this number, waited for so many seconds; None if it has not been decided by then."""
        until = time.monotonic() + patience
        while True:
            with self._pool.connection() as conn:
                found = conn.execute("SELECT state FROM register.receipts WHERE receipt = %s", (number,)).fetchone()
            if found is not None:
                _, said = decode(bytes(found[0]))
                return Receipt(number, said["outcome"], tuple(said["codes"]), said["recorded_at"])
            if time.monotonic() > until:
                return None
            time.sleep(_LOOKS_EVERY)

    def _connected(self) -> KafkaProducer:
        with self._lock:
            if self._producer is None:
                self._producer = record_batches.connect(self._settings, "vaxreg-desk")
            return self._producer


def _is_sender(conn: Connection[Any], name: str) -> bool:
    found = conn.execute("SELECT FROM register.senders WHERE name = %s AND shut_out_at IS NULL", (name,))
    return found.fetchone() is not None
