"""Reports on their way to the register: written to Kafka as everybody does, and their receipts waited for.

Memory stays bounded however long a file is: no more than `IN_FLIGHT` rows lie between the oldest row without an
answer and the newest one sent. Sent again after an interruption nothing is doubled, because the register knows a
record by its system and reference, or by its content.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice, zip_longest
from types import TracebackType
from typing import Any, NamedTuple, Self

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from connectors.incoming.rows import BrokenRow, Report
from register import record_batches, topics
from register.ids import show_id
from register.intake import GROUP
from register.masking import masked
from register.settings import Settings
from schemas import FRAME_LENGTH, schema

IN_FLIGHT = 20_000  # rows
_AT_ONCE = 2_000  # rows sent between two looks at the receipts
_PATIENCE = 0.2  # seconds that a look waits when nothing else is to be done

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
            **settings.kafka("vaxreg-receipts"),
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
            self._producer = record_batches.connect(settings, "vaxreg-sending")
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

    def send(self, reports: Iterable[Report]) -> None:
        """Hand reports to Kafka once it has those handed over before: nothing overtakes. Raises NotSent."""
        by_partition: dict[int, list[list[record_batches.Record]]] = {}
        sizes: dict[int, int] = {}
        for report in reports:
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


class NoAnswer(Exception):
    """The time that the caller gave for receipts is over; the rows sent are safe and will be decided."""


def _silent(*_: float) -> None:
    """Nobody watches."""


def refused_here(broken: BrokenRow) -> Answer:
    """The answer for a row that could not become a report."""
    return Answer(broken.row, "refused", (broken.code,), field=broken.field or None)


def send(
    rows: Iterable[Report | BrokenRow], channel: Channel, progress: Callable[[int], None] = _silent
) -> Iterator[Answer]:
    """Hand all rows to Kafka and return when it has them; only rows that are no reports are answered, at once."""
    remaining = iter(rows)
    sent = 0
    while some := list(islice(remaining, _AT_ONCE)):
        channel.send(map(_as_report, some))
        yield from (refused_here(item) for item in some if isinstance(item, BrokenRow))
        sent += len(some)
        progress(sent)
    channel.flush()


def send_and_wait(
    rows: Iterable[Report | BrokenRow],
    channel: Channel,
    *,
    timeout: float | None = None,
    progress: Callable[[int, float], None] = _silent,
) -> Iterator[Answer]:
    """One answer per row, in the order of the rows, which are numbered from 1 without gaps.

    `progress` hears how many rows were handed over and for how many seconds no receipt has come; after `timeout`
    seconds of that NoAnswer is raised.
    """
    remaining, exhausted = iter(rows), False
    held: dict[int, Answer] = {}
    broken: dict[int, str] = {}
    last_sent, next_row = 0, 1
    heard = time.monotonic()
    while not (exhausted and next_row > last_sent):
        room = min(_AT_ONCE, IN_FLIGHT - (last_sent - next_row + 1))
        some = [] if exhausted else list(islice(remaining, room))
        exhausted = exhausted or len(some) < room
        channel.send(map(_as_report, some))
        broken.update((item.row, item.field) for item in some if isinstance(item, BrokenRow))
        last_sent = some[-1].row if some else last_sent
        if exhausted:
            channel.flush()
        for answer in channel.answers(0 if some else _PATIENCE):
            heard = time.monotonic()
            # The relay may say a thing twice; the first answer stands.
            if answer.row >= next_row:
                held.setdefault(answer.row, answer)
        while next_row in held:
            field = broken.pop(next_row, None)
            yield held.pop(next_row)._replace(field=field or None)
            next_row += 1
        if next_row > last_sent:
            heard = time.monotonic()
        silence = time.monotonic() - heard
        progress(last_sent, silence)
        if timeout is not None and silence > timeout:
            raise NoAnswer(f"no receipt for {timeout:g} s; rows {next_row} to {last_sent} have no answer yet")


def intake_runs(settings: Settings) -> bool:
    """Whether any intake reads reports now, as Kafka knows its members."""
    admin = KafkaAdminClient(**settings.kafka("vaxreg-sending"))
    try:
        return bool(admin.describe_groups([GROUP])[GROUP]["members"])
    except KafkaError:  # a broker that never had a group has nobody to ask about it
        return False
    finally:
        admin.close()


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
