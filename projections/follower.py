"""A member of the consumer group: the partitions that are its own, read from where PostgreSQL says.

Kafka only splits the partitions between the processes; no offset is ever committed to it.
"""

import logging
from collections.abc import Sequence
from re import escape

from kafka import TopicPartition

from projections.log_reader import BATCHES_A_POLL, Batches, KafkaSettings, consumer
from projections.positions import Positions
from register.membership import PausedUntilPlaced, finish_joining, patience

log = logging.getLogger(__name__)

GROUP = "projections"
NEW_TOPICS_SEEN_AFTER = 1000  # milliseconds
# A killed process gives its partitions up after this time; 6 s is the least that a broker allows by default.
SESSION = 10_000  # milliseconds
ROUND_AT_MOST = 900_000  # milliseconds between two polls: a large round folded by a slow database


class Follower:
    """Reads rounds of record batches; whenever it could have lost its place, it is put back by `place`."""

    def __init__(self, kafka: KafkaSettings, topics: Sequence[str], group: str = GROUP) -> None:
        self._consumer = consumer(
            kafka,
            group_id=group,
            metadata_max_age_ms=NEW_TOPICS_SEEN_AFTER,
            session_timeout_ms=SESSION,
            max_poll_interval_ms=ROUND_AT_MOST,
        )
        self._at: dict[TopicPartition, int] = {}
        self._lost = True
        self._consumer.subscribe(pattern=_pattern(topics), listener=PausedUntilPlaced(self._consumer, self.lose_place))

    def lose_place(self) -> None:
        """What is read from now on is not used until `place` has been called."""
        self._lost = True

    @property
    def begins(self) -> Positions:
        """Where the next round begins, of each partition that is ours."""
        return self._at

    def place(self, stored: Positions) -> None:
        """Go to these positions, wherever reading had got to."""
        self._lost = False  # first: a rebalance meanwhile sets it again
        self._at = {}
        for place in self._consumer.assignment():
            try:
                self._consumer.seek(place, stored.get(place, 0))
                self._consumer.resume(place)
            except (ValueError, KeyError):  # taken from us meanwhile; the listener has been called
                continue
            self._at[place] = stored.get(place, 0)

    def next_round(self, timeout_ms: int, most_rows: int) -> Batches | None:
        """What is there now, waiting for the first of it only; None: `place` is to be called."""
        finish_joining(self._consumer)
        timeout_ms = patience(self._consumer, timeout_ms)
        found: Batches = {}
        rows = 0
        while rows < most_rows and (polled := self._consumer.poll(timeout_ms, max_records=BATCHES_A_POLL)):
            for place, batches in polled.items():
                found.setdefault(place, []).extend(batches)
                rows += sum(batch.count for batch in batches)
            timeout_ms = 0
        return None if self._lost or not self._joins(found) else found

    def done(self, reached: Positions) -> None:
        """A round was written: the next one begins here."""
        self._at.update(reached)

    def close(self) -> None:
        self._consumer.close(autocommit=False)

    def _joins(self, found: Batches) -> bool:
        """Does each batch begin where the one before it ended? The log keeps everything, so it has no gaps."""
        for place, batches in found.items():
            at = self._at.get(place)
            for batch in batches:
                if at is None or not batch.base_offset <= at < batch.next_offset:
                    log.warning("%s %s: read at %s, wanted %s", place.topic, place.partition, batch.base_offset, at)
                    self._lost = True
                    return False
                at = batch.next_offset
        return True


def _pattern(topics: Sequence[str]) -> str:
    each = (escape(topic.removesuffix("*")) + ".+" if topic.endswith(".*") else escape(topic) for topic in topics)
    return f"^({'|'.join(each)})$"
