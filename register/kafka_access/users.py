"""Kafka's users: who may say who he is, with which password."""

from collections.abc import Mapping

from kafka import KafkaAdminClient
from kafka.admin import ScramMechanism, UserScramCredentialDeletion, UserScramCredentialUpsertion
from kafka.errors import KafkaError

from register.kafka_access.passwords import Password

_MECHANISM = ScramMechanism.SCRAM_SHA_512


class UsersNotChanged(Exception):
    """Kafka did not take a change of users."""


def is_known(admin: KafkaAdminClient, user: str) -> bool:
    """Whether somebody has a password; raises UsersNotChanged where we may not ask."""
    # By name: whoever may not ask for all of them is never answered by Kafka 4.1.
    try:
        return bool(admin.describe_user_scram_credentials([user])[user]["credential_infos"])
    except KafkaError as failure:
        raise UsersNotChanged(f"Kafka's users cannot be asked for ({type(failure).__name__})") from None


def give(admin: KafkaAdminClient, passwords: Mapping[str, Password]) -> None:
    """These users, with these passwords from now on."""
    _alter(admin, [UserScramCredentialUpsertion(user, _MECHANISM, password) for user, password in passwords.items()])


def remove(admin: KafkaAdminClient, user: str) -> None:
    """Nobody can say any more that he is this user."""
    if is_known(admin, user):
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
