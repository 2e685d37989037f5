"""What each principal may do on Kafka; everything that no row of `rights.csv` allows is denied."""

from kafka import KafkaAdminClient
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)
from kafka.errors import NoError

from register.kafka_access.principals import SERVICES, of_sender, table

_MATCHES = {"whole": ACLResourcePatternType.LITERAL, "beginning": ACLResourcePatternType.PREFIXED}
_ANY_RESOURCE = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)


class RightsNotChanged(Exception):
    """Kafka did not take a change of rights."""


def of_services() -> list[ACL]:
    """The rights of the services. To add one, add a row to `rights.csv`."""
    return [acl for service in SERVICES for acl in _rights(service, service, "")]


def of_sender_named(name: str) -> list[ACL]:
    """The rights of a sender: write its reports, read its receipts, nothing else."""
    return _rights("sender", of_sender(name), name)


def give(admin: KafkaAdminClient, rights: list[ACL]) -> None:
    """These rights from now on; one that was there stays as it is."""
    if failed := admin.create_acls(rights)["failed"]:
        raise RightsNotChanged(f"Kafka did not give {len(failed)} rights ({failed[0].__name__})")


def take_away(admin: KafkaAdminClient, principal: str) -> None:
    """Every right of a principal, at once, also for the connections it has open."""
    [(_, _, failed)] = admin.delete_acls([_all_of(principal)])
    if failed is not NoError:
        raise RightsNotChanged(f"Kafka did not take the rights of {principal} away ({failed.__name__})")


def held(admin: KafkaAdminClient, principal: str) -> list[ACL]:
    """What a principal may do."""
    found, _ = admin.describe_acls(_all_of(principal))
    return list(found)


def _all_of(principal: str) -> ACLFilter:
    return ACLFilter(
        principal=f"User:{principal}",
        host=None,
        operation=ACLOperation.ANY,
        permission_type=ACLPermissionType.ANY,
        resource_pattern=_ANY_RESOURCE,
    )


def _rights(of: str, principal: str, sender: str) -> list[ACL]:
    return [
        ACL(
            principal=f"User:{principal}",
            host="*",
            operation=ACLOperation[operation],
            permission_type=ACLPermissionType.ALLOW,
            resource_pattern=ResourcePattern(
                ResourceType[row["resource"].upper()], row["name"].format(sender=sender), _MATCHES[row["match"]]
            ),
        )
        for row in table("rights.csv")
        if row["principal"] == of
        for operation in row["operations"].split()
    ]
