"""Who may do what on a Kafka that asks: every cell of the table, tried on the broker itself."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, ScramMechanism, UserScramCredentialUpsertion
from kafka.errors import (
    AuthorizationError,
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailedError,
)

from register.kafka_access import rights
from register.settings import Settings
from tests.security.conftest import Broker

TOPICS = ("reports.north", "reports.south", "receipts.north", "receipts.south", "events.people", "events.supply")
# r: may read, w: may write, in the order of the topics; everything else is denied.
ALLOWED = {
    "sender.north": ("w", "", "r", "", "", ""),
    "sender.south": ("", "w", "", "r", "", ""),
    "intake": ("r", "r", "", "", "", ""),
    "relay": ("", "", "w", "w", "w", "w"),
    "project": ("", "", "r", "r", "r", "r"),
    "desk": ("w", "w", "", "", "", ""),
    "admin": ("rw", "rw", "rw", "rw", "rw", "rw"),
}
SENDER = "sender.north"


def allowed(attempt: Callable[[], Any]) -> bool:
    """Whether the broker let it happen."""
    try:
        attempt()
    except TopicAuthorizationFailedError:
        return False
    return True


@pytest.mark.usefixtures("with_senders")
@pytest.mark.parametrize("user", ALLOWED)
def test_every_user_writes_and_reads_what_the_table_says_and_nothing_else(broker: Broker, user: str) -> None:
    before = {topic: ends(broker, topic) for topic in TOPICS}
    found = tuple(
        ("r" if allowed(lambda topic=topic: has_record(broker, user, topic)) else "")  # type: ignore[misc]
        + ("w" if allowed(lambda topic=topic: broker.write(user, topic)) else "")  # type: ignore[misc]
        for topic in TOPICS
    )
    assert found == ALLOWED[user]
    written = {topic for topic in TOPICS if ends(broker, topic) > before[topic]}
    assert written == {topic for topic, may in zip(TOPICS, ALLOWED[user], strict=True) if "w" in may}


def test_the_table_of_the_tests_names_everybody(with_senders: Settings, broker: Broker) -> None:
    with broker.admin("admin") as admin:
        users = set(admin.describe_user_scram_credentials())
    assert users == ALLOWED.keys()
    assert with_senders.kafka_access.secured


@pytest.mark.usefixtures("with_senders")
def test_a_sender_sees_its_own_two_topics_and_no_other_name(broker: Broker) -> None:
    with broker.admin(SENDER) as admin:
        assert set(admin.list_topics()) == {"reports.north", "receipts.north"}


def makes_a_topic(admin: KafkaAdminClient) -> None:
    admin.create_topics({"reports.west": {"num_partitions": 1, "replication_factor": 1}})


def makes_its_own_topic_again(admin: KafkaAdminClient) -> None:
    admin.create_topics({"reports.north.more": {"num_partitions": 1, "replication_factor": 1}})


def deletes_its_topic(admin: KafkaAdminClient) -> None:
    admin.delete_topics(["reports.north"])


def gives_itself_rights(admin: KafkaAdminClient) -> None:
    failed = admin.create_acls(rights.of_sender_named("south"))["failed"]
    raise failed[0]


def takes_rights_away(admin: KafkaAdminClient) -> None:
    rights.take_away(admin, "intake")


def looks_at_rights(admin: KafkaAdminClient) -> None:
    rights.held(admin, "sender.south")


def gives_another_a_password(admin: KafkaAdminClient) -> None:
    another = UserScramCredentialUpsertion("sender.south", ScramMechanism.SCRAM_SHA_512, "x" * 30)
    if admin.alter_user_scram_credentials([another])["sender.south"]:
        raise ClusterAuthorizationFailedError


def keeps_its_reports_for_ever(admin: KafkaAdminClient) -> None:
    reports = ConfigResource(ConfigResourceType.TOPIC, "reports.north", {"retention.ms": "-1"})
    told = admin.alter_configs([reports], raise_on_unknown=False)["topic"]["reports.north"]
    if "AuthorizationFailed" in str(told):
        raise TopicAuthorizationFailedError


def looks_at_the_intake(admin: KafkaAdminClient) -> None:
    admin.describe_groups(["intake"])


ATTEMPTS: tuple[Callable[[KafkaAdminClient], None], ...] = (
    makes_a_topic,
    makes_its_own_topic_again,
    deletes_its_topic,
    gives_itself_rights,
    takes_rights_away,
    looks_at_rights,
    gives_another_a_password,
    keeps_its_reports_for_ever,
    looks_at_the_intake,
)


@pytest.mark.usefixtures("with_senders")
@pytest.mark.parametrize("user", sorted(ALLOWED.keys() - {"admin"}))
def test_nobody_but_the_admin_changes_topics_users_or_rights(broker: Broker, user: str) -> None:
    attempts = [each for each in ATTEMPTS if user != "intake" or each is not looks_at_the_intake]
    before = state(broker)
    with broker.admin(user) as admin:
        assert [attempt.__name__ for attempt in attempts if not denied(admin, attempt)] == []
    assert state(broker) == before


def denied(admin: KafkaAdminClient, attempt: Callable[[KafkaAdminClient], None]) -> bool:
    """Whether the broker said that this is not allowed."""
    try:
        attempt(admin)
    except (AuthorizationError, rights.RightsNotChanged):
        return True
    return False


@pytest.mark.usefixtures("with_senders")
@pytest.mark.parametrize("group", ["intake", "projections", "sender.south.desk", "sender.northern.desk", "mine"])
def test_a_sender_has_no_place_in_a_group_that_is_not_its_own(broker: Broker, group: str) -> None:
    with pytest.raises(GroupAuthorizationFailedError):
        polled_in_group(broker, SENDER, group)


@pytest.mark.usefixtures("with_senders")
def test_a_sender_shares_its_receipts_among_the_members_of_a_group_of_its_own(broker: Broker) -> None:
    assert polled_in_group(broker, SENDER, "sender.north.desk")


@pytest.mark.usefixtures("with_senders")
def test_a_sender_cannot_begin_a_transaction_in_the_name_of_another(broker: Broker) -> None:
    own = KafkaProducer(**broker.clients(SENDER), transactional_id="sender.south", metrics_enabled=False)
    try:
        with pytest.raises(TransactionalIdAuthorizationFailedError):
            own.init_transactions()
    finally:
        own.close(timeout=1)


def has_record(broker: Broker, user: str, topic: str) -> None:
    assert broker.read(user, topic), f"{user} was allowed to read {topic} and found nothing"


def polled_in_group(broker: Broker, user: str, group: str) -> list[bytes]:
    consumer = KafkaConsumer(
        "receipts.north",
        **broker.clients(user),
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        metrics_enabled=False,
    )
    try:
        for _ in range(40):
            if found := consumer.poll(timeout_ms=250):
                consumer.commit()
                return [record.value for records in found.values() for record in records]
        return []
    finally:
        consumer.close(autocommit=False)


def ends(broker: Broker, topic: str) -> int:
    """How many records lie on its first partition."""
    consumer = KafkaConsumer(**broker.clients("admin"), metrics_enabled=False)
    try:
        place = TopicPartition(topic, 0)
        return int(consumer.end_offsets([place])[place])
    finally:
        consumer.close(autocommit=False)


def state(broker: Broker) -> list[Any]:
    """Everything that only the admin may change."""
    with broker.admin("admin") as admin:
        asked = [ConfigResource(ConfigResourceType.TOPIC, "reports.north")]
        options = admin.describe_configs(asked, config_filter="all")["topic"]["reports.north"]
        held: Iterable[str] = sorted(repr(each) for user in ALLOWED for each in rights.held(admin, user))
        return [
            sorted(admin.list_topics()),
            sorted(admin.describe_user_scram_credentials()),
            held,
            options["retention.ms"]["value"],
        ]
