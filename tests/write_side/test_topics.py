import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from register import senders, topics
from register.settings import Settings

A_WEEK = 7 * 24 * 60 * 60 * 1000


def retention(settings: Settings, topic: str) -> int:
    admin = KafkaAdminClient(**settings.kafka("test"))
    try:
        asked = [ConfigResource(ConfigResourceType.TOPIC, topic)]
        return int(admin.describe_configs(asked, config_filter="all")["topic"][topic]["retention.ms"]["value"])
    finally:
        admin.close()


def test_facts_are_kept_for_ever(settings: Settings) -> None:
    topics.create(settings, topics.events())
    assert [retention(settings, topic) for topic in ("events.people", "events.supply")] == [-1, -1]


def test_a_sender_gets_reports_for_a_week_and_receipts_for_ever(settings: Settings) -> None:
    assert senders.add(settings, "region-14").topics == ["reports.region-14", "receipts.region-14"]
    assert retention(settings, "reports.region-14") == A_WEEK
    assert retention(settings, "receipts.region-14") == -1


def test_a_sender_added_twice_is_one_sender(settings: Settings) -> None:
    senders.add(settings, "clinic")
    assert senders.add(settings, "clinic") == senders.Added([])
    assert [sender.name for sender in senders.known(settings)] == ["clinic"]


@pytest.mark.parametrize("name", ["", "Clinic", "å", "a.b", "a_b", "-a", "a-", "a b", "a\n", "x" * 65])
def test_a_senders_name_has_only_small_letters_digits_and_dashes(settings: Settings, name: str) -> None:
    with pytest.raises(topics.SenderNameBroken):
        senders.add(settings, name)


def test_a_topic_that_would_forget_facts_is_refused(settings: Settings) -> None:
    topics.create(settings, [topics.Topic("events.people", "1000")])
    with pytest.raises(topics.TopicDiffers, match=r"retention\.ms"):
        topics.create(settings, topics.events())


def test_each_topic_has_the_partitions_that_were_set(settings: Settings) -> None:
    topics.create(settings, topics.events())
    admin = KafkaAdminClient(**settings.kafka("test"))
    try:
        assert [len(topic["partitions"]) for topic in admin.describe_topics(["events.people"])] == [2]
    finally:
        admin.close()
