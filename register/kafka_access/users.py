"""Kafka's users: who may say who he is, with which password."""

from collections.abc import Mapping

from kafka import KafkaAdminClient
from kafka.admin import ScramMechanism, UserScramCredentialDeletion, UserScramCredentialUpsertion
from kafka.errors import KafkaError

from register.kafka_access.passwords import Password

_MECHANISM = ScramMechanism.SCRAM_SHA_512


class UsersNotChanged(Exception):
    """Kafka did not take a change of users."""


def known(admin: KafkaAdminClient) -> set[str]:
    """Everybody who has a password."""
    return set(admin.describe_user_scram_credentials())


def give(admin: KafkaAdminClient, passwords: Mapping[str, Password]) -> None:
    """These users, with these passwords from now on."""
    _alter(admin, [UserScramCredentialUpsertion(user, _MECHANISM, password) for user, password in passwords.items()])


def remove(admin: KafkaAdminClient, user: str) -> None:
    """Nobody can say any more that he is this user."""
    if user in known(admin):
        _alter(admin, [UserScramCredentialDeletion(user, _MECHANISM)])


def _alter(
    admin: KafkaAdminClient, alterations: list[UserScramCredentialUpsertion | UserScramCredentialDeletion]
) -> None:
    try:
        refused = {user: why for user, why in admin.alter_user_scram_credentials(alterations).items() if why}
    except KafkaError as failure:
        raise UsersNotChanged(f"Kafka's users could not be changed ({type(failure).__name__})") from None
    if refused:
        raise UsersNotChanged(f"Kafka did not change {', '.join(refused)}")
