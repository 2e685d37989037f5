"""The embedded broker with security: everybody says who he is, over TLS, and may do what he was allowed, no more."""

import socket
import ssl
import struct
from pathlib import Path

from register.kafka_access import own
from register.kafka_access.access import CA
from register.kafka_access.certificates import BROKER, BROKER_NAME, make
from register.kafka_access.passwords import is_kept, keep, kept, new_password
from register.kafka_access.principals import ADMIN, OWN

NAMES = ("127.0.0.1", "localhost")
LISTENERS = ("CLIENTS", "CONTROLLER", "INTERNAL")

# Clients come with a user and a password. Broker and controller know each other by the broker's certificate, and
# nobody else gets past the handshake there. A password that was changed ends old connections within the ten minutes.
SETTINGS = """\
listener.security.protocol.map=CLIENTS:SASL_SSL,CONTROLLER:SSL,INTERNAL:SSL
inter.broker.listener.name=INTERNAL
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.clients.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.clients.scram-sha-512.connections.max.reauth.ms=600000
ssl.keystore.type=PEM
ssl.keystore.location={access}/{broker}
ssl.truststore.type=PEM
ssl.truststore.location={access}/{ca}
listener.name.controller.ssl.client.auth=required
listener.name.internal.ssl.client.auth=required
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=false
super.users=User:{broker_name};User:{admin}
"""


def secured_settings(access: Path) -> str:
    """What the broker is told beside its listeners; makes its certificate."""
    make(access, NAMES)
    return SETTINGS.format(access=access, broker=BROKER, ca=CA, broker_name=BROKER_NAME, admin=ADMIN)


def secured_answers(address: str, access: Path) -> bool:
    """Whether a broker with this folder's certificate answers the question that comes before every password."""
    question = struct.pack(">hhih", 18, 0, 1, -1)  # ApiVersions, version 0
    host, _, port = address.rpartition(":")
    try:
        trusting = ssl.create_default_context(cafile=access / CA)
        with (
            socket.create_connection((host, int(port)), timeout=5) as connection,
            trusting.wrap_socket(connection, server_hostname=host) as broker,
        ):
            broker.sendall(struct.pack(">i", len(question)) + question)
            answer = broker.recv(4096)
        return answer[4:10] == struct.pack(">ih", 1, 0)
    except OSError:
        return False


def make_own_users(internal: str, access: Path) -> None:
    """The register's own users, with the passwords that the folder keeps, or new ones."""
    for principal in OWN:
        if not is_kept(access, principal):
            keep(access, principal, new_password())
    own.make(internal, access, {principal: kept(access, principal) for principal in OWN})
