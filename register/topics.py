"""The topics: what they are called, how long they are kept, and how they are made.

`reports.<sender>` holds numbers in clear text and is kept for a week; `receipts.<sender>` and `events.*` hold none
and are kept for ever. The sender is the topic, which an access rule can guard, and not a field anyone can fill in.
"""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import TopicAlreadyExistsError

from register.identities.number import looks_like_identity
from register.settings import Settings

PEOPLE = "events.people"
SUPPLY = "events.supply"
REPORTS = "reports."
RECEIPTS = "receipts."

_A_WEEK = str(7 * 24 * 60 * 60 * 1000)  # milliseconds
_FOR_EVER = "-1"
# A segment is deleted as a whole, and only once it is closed: by the default of a week numbers would stay for two.
_SOON_GONE = {"segment.ms": str(60 * 60 * 1000), "file.delete.delay.ms": "1000"}
_SETTINGS_COME_WITHIN = 10.0  # seconds
_SENDER = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"
REPORTS_PATTERN = rf"^reports\.{_SENDER}$"


class SenderNameBroken(Exception):
    """A sender's name must be 1–64 of a–z, 0–9 and dash, with no dash first or last."""


class TopicDiffers(Exception):
    """A topic exists already and would not keep what the register must keep."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic's name and how long it keeps its records, in milliseconds (-1: for ever)."""

    name: str
    keep: str

    @property
    def options(self) -> dict[str, str]:
        # The broker's own time: a sender that writes old timestamps would see its reports deleted at once.
        kept = {
            "cleanup.policy": "delete",
            "retention.ms": self.keep,
            "retention.bytes": "-1",
            "message.timestamp.type": "LogAppendTime",
        }
        return kept if self.keep == _FOR_EVER else kept | _SOON_GONE


def kept_for_ever(name: str) -> Topic:
    """A topic of facts or of receipts."""
    return Topic(name, _FOR_EVER)


def events() -> tuple[Topic, ...]:
    """The facts about people and about stocks."""
    return kept_for_ever(PEOPLE), kept_for_ever(SUPPLY)


def of_sender(sender: str) -> tuple[Topic, ...]:
    """What a sender says, and what it is answered; raises SenderNameBroken."""
    return Topic(reports(sender), _A_WEEK), kept_for_ever(receipts(sender))


def reports(sender: str) -> str:
    """Where a sender's reports of every kind stand."""
    return REPORTS + _checked(sender)


def receipts(sender: str) -> str:
    """Where a sender finds one receipt for each of its reports."""
    return RECEIPTS + _checked(sender)


def sender_of(topic: str) -> str:
    """Whose topic of reports this is; raises SenderNameBroken."""
    return _checked(topic.removeprefix(REPORTS))


def is_reports(topic: str) -> bool:
    """Whether a topic is a sender's reports."""
    return re.fullmatch(REPORTS_PATTERN, topic) is not None


def _checked(sender: str) -> str:
    if re.fullmatch(_SENDER, sender) is None or looks_like_identity(sender):
        raise SenderNameBroken(SenderNameBroken.__doc__)
    return sender


def create(settings: Settings, topics: Iterable[Topic]) -> list[str]:
    """Make the topics that are not there yet; says which ones were made."""
    admin = KafkaAdminClient(**settings.kafka("vaxreg-topics"))
    try:
        # Looked for first: who may not make topics, as services may not where Kafka asks, may use those that are there.
        there = set(admin.list_topics())
        return [topic.name for topic in topics if _create(admin, settings, topic, topic.name in there)]
    finally:
        admin.close()


def _create(admin: KafkaAdminClient, settings: Settings, topic: Topic, there: bool) -> bool:
    if there:
        _check(admin, topic)
        return False
    wanted = {
        "num_partitions": settings.partitions,
        "replication_factor": settings.replication,
        "configs": topic.options,
    }
    try:
        admin.create_topics({topic.name: wanted}, wait_for_metadata=True)
    except TopicAlreadyExistsError:
        _check(admin, topic)
        return False
    return True


def _check(admin: KafkaAdminClient, topic: Topic) -> None:
    """A topic somebody else made must keep its records as long as this one would have."""
    told = _options(admin, topic.name)
    for option in ("cleanup.policy", "retention.ms", "retention.bytes"):
        if told[option]["value"] != topic.options[option]:
            raise TopicDiffers(f"{topic.name} exists with another {option} than {topic.options[option]}")


def _options(admin: KafkaAdminClient, name: str) -> dict[str, Any]:
    """A topic's settings. One that another service made this very moment has none yet for a while."""
    asked = ConfigResource(ConfigResourceType.TOPIC, name)
    last_look = time.monotonic() + _SETTINGS_COME_WITHIN
    while True:
        told: dict[str, Any] = admin.describe_configs([asked], config_filter="all")["topic"].get(name, {})
        if "cleanup.policy" in told:
            return told
        if time.monotonic() > last_look:
            raise TopicDiffers(f"{name} exists but tells none of its settings")
        time.sleep(0.1)
