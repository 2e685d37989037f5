"""The register's own users and their rights, made over the listener that only the broker's certificate opens."""

from collections.abc import Mapping
from pathlib import Path

from kafka import KafkaAdminClient

from register.kafka_access import rights, users
from register.kafka_access.access import CA
from register.kafka_access.certificates import BROKER
from register.kafka_access.passwords import Password


def make(internal: str, certificates: Path, passwords: Mapping[str, Password]) -> None:
    """These users with these passwords, and the rights of the services; done again it changes nothing."""
    admin = KafkaAdminClient(
        bootstrap_servers=[internal],
        client_id="vaxreg-own-users",
        security_protocol="SSL",
        ssl_cafile=str(certificates / CA),
        ssl_certfile=str(certificates / BROKER),
        ssl_keyfile=str(certificates / BROKER),
    )
    try:
        users.give(admin, passwords)
        rights.give(admin, rights.of_services())
    finally:
        admin.close()
