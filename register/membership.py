"""What every reader in a consumer group needs, whose positions are kept in PostgreSQL and not in Kafka."""

from collections.abc import Callable, Collection

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition

WHILE_JOINING = 250  # milliseconds: joining a group that waits for nobody takes about 200


class PausedUntilPlaced(ConsumerRebalanceListener):  # type: ignore[misc]  # kafka-python has no types
    """Partitions that are given to a reader are paused, and it is told that it lost its place.

    Called on kafka-python's network thread, where nothing may wait for the database.
    """

    def __init__(self, consumer: KafkaConsumer, lose_place: Callable[[], None]) -> None:
        self._consumer, self._lose_place = consumer, lose_place

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:  # noqa: ARG002
        """They go to another reader."""
        self._lose_place()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """They come to this one."""
        for place in assigned:
            self._consumer.seek(place, 0)
            self._consumer.pause(place)
        self._lose_place()


def patience(consumer: KafkaConsumer, milliseconds: int) -> int:
    """How long a `poll` may wait: less while nothing of ours is read, as being given a partition does not end it."""
    return milliseconds if consumer.assignment() - consumer.paused() else min(milliseconds, WHILE_JOINING)


def finish_joining(consumer: KafkaConsumer) -> None:
    """Keep at it when a `poll` ended while the group was being joined.

    kafka-python 3.0.12 forgets a join that a new topic led to and that took longer than one `poll`: nothing is ever
    assigned again.
    """
    if consumer._coordinator.rejoining:
        consumer._coordinator.request_rejoin()
