"""A sender's two topics: reports out as everybody writes them, receipts back."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import zip_longest
from types import TracebackType
from typing import Any, NamedTuple, Self

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from connectors.incoming.rows import BrokenRow, Report
from register import record_batches, topics
from register.ids import show_id
from register.masking import masked
from register.settings import Settings
from schemas import FRAME_LENGTH, schema

_RECEIPT = schema("Receipt.v1")
_BROKEN_ROW = "BrokenRowReport.v1"


class SenderUnknown(Exception):
    """The sender has no topics yet."""


class NotSent(Exception):
    """Kafka did not take a report; those before it may lie there."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One file on its way: a random id for this run, and the file's name without its folders."""

    id: str
    name: str


class Answer(NamedTuple):
    """What became of a row: `dose` is the dose's id as people see it, `field` only says where a row is broken."""

    row: int
    outcome: str
    codes: tuple[str, ...]
    receipt: str | None = None
    dose: str | None = None
    field: str | None = None


def report_key(report: Report) -> bytes:
    """Kafka key of a report, 8 bytes: what one person or one delivery is said to be, in the order said."""
    fields = report.fields
    if report.schema == _BROKEN_ROW:
        return report.row.to_bytes(8, "big")
    if report.schema == "DeliveryReport.v1":
        told = f"{fields['system_name']}|{fields['unique_reference']}"
    else:
        told = f"{fields['identity_root']}|{fields['identity_value']}"
    return blake2b(told.encode(), digest_size=8).digest()


class Channel:
    """A sender's two topics: reports out, receipts back from the moment the channel was opened."""

    def __init__(self, settings: Settings, sender: str, upload: Upload, *, wait: bool = True) -> None:
        self._reports, self._receipts = topics.reports(sender), topics.receipts(sender)
        self._name = masked(upload.name)
        self._upload, self._key = upload, upload.id.encode()
        self._on_the_way: list[tuple[Any, int]] = []
        self.taken = 0  # reports that Kafka has confirmed
        self._consumer = KafkaConsumer(
            **settings.kafka("vaxreg-receipts", sender),
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )
        self._producer: KafkaProducer | None = None
        try:
            if not {self._reports, self._receipts} <= set(self._consumer.topics()):
                raise SenderUnknown(f"sender {sender} has no topics; make them with: vaxreg sender add {sender}")
            if wait:
                self._start_at_the_end()
            self._producer = record_batches.connect(settings, "vaxreg-sending", sender)
            self._partitions = len(self._producer.partitions_for(self._reports))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let Kafka have what is already on its way, and leave."""
        if self._producer is not None:
            self._producer.close(timeout=10)
        self._consumer.close(autocommit=False)

    def send(self, rows: Iterable[Report | BrokenRow]) -> None:
        """Hand rows to Kafka once it has those handed over before: nothing overtakes. Raises NotSent."""
        by_partition: dict[int, list[list[record_batches.Record]]] = {}
        sizes: dict[int, int] = {}
        for report in map(_as_report, rows):
            key, value = report_key(report), self._encoded(report)
            partition = record_batches.partition_of(key, self._partitions)
            size = len(key) + len(value) + record_batches.RECORD_OVERHEAD
            sizes[partition] = sizes.get(partition, 0) + size
            if partition not in by_partition or sizes[partition] > record_batches.BATCH_BYTES:
                by_partition.setdefault(partition, []).append([])
                sizes[partition] = size
            by_partition[partition][-1].append((key, value))
        for wave in zip_longest(*by_partition.values()):
            self.flush()
            now_ms = int(time.time() * 1000)
            self._on_the_way = [
                (record_batches.send(self._producer, self._reports, partition, batch, now_ms), len(batch))
                for partition, batch in zip(by_partition, wave, strict=True)
                if batch
            ]

    def flush(self) -> None:
        """Wait until Kafka has everything handed over so far; raises NotSent."""
        try:
            for sent, count in self._on_the_way:
                record_batches.acknowledged(sent)
                self.taken += count
        except record_batches.NotAcknowledged as why:
            raise NotSent(f"Kafka did not confirm what was sent ({why}); sending it again doubles nothing") from None
        finally:
            self._on_the_way = []

    def answers(self, patience: float) -> list[Answer]:
        """Receipts of this upload that have come since the last look; waits at most so many seconds."""
        polled = self._consumer.poll(timeout_ms=int(patience * 1000), max_records=5_000)
        mine = (record.value for records in polled.values() for record in records if record.key == self._key)
        return [_answer(value) for value in mine if value[:FRAME_LENGTH] == _RECEIPT.frame]

    def _encoded(self, report: Report) -> bytes:
        about = {"upload": self._upload.id, "upload_name": self._name, "row": report.row}
        return schema(report.schema).encode(report.fields | about)

    def _start_at_the_end(self) -> None:
        partitions = self._consumer.partitions_for_topic(self._receipts) or set()
        places = [TopicPartition(self._receipts, number) for number in sorted(partitions)]
        self._consumer.assign(places)
        for place, end in self._consumer.end_offsets(places).items():
            self._consumer.seek(place, end)


def _as_report(row: Report | BrokenRow) -> Report:
    """What is sent of a row: one that is no report is told to the register too, so that nothing of a file is lost."""
    return row if isinstance(row, Report) else Report(row.row, _BROKEN_ROW, {"field": row.field, "code": row.code})


def _answer(value: bytes) -> Answer:
    receipt = _RECEIPT.decode_body(value)
    dose = receipt["dose_id"]
    return Answer(
        receipt["row"] or 0,
        receipt["outcome"],
        tuple(receipt["codes"]),
        receipt["receipt"],
        None if dose is None else show_id(dose),
    )
