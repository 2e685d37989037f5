"""Who somebody is: users and passwords, the TLS in front of them, and that no secret shows itself."""

import io
import logging
import socket
import ssl
import struct
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaTimeoutError, TopicAuthorizationFailedError

from register import senders
from register.kafka_access import passwords
from register.kafka_access.access import CA, KeptPasswords
from register.kafka_access.certificates import BROKER, CA_KEY, CLIENT
from register.kafka_access.passwords import Password, PasswordBroken, PasswordFileBroken
from register.kafka_access.principals import NoPrincipal, table
from register.settings import SettingBroken, Settings, settings_from
from tests.security.conftest import PATIENCE, Broker

WHICH_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)  # the question that comes before every password
SERVERS = {"DATABASE_URL": "postgresql:///x", "KAFKA_BOOTSTRAP": "kafka:9092"}


@pytest.mark.usefixtures("with_senders")
@pytest.mark.parametrize(
    "user", ["sender.north", "sender.west", "ANONYMOUS"], ids=["wrong password", "nobody added", "nobody at all"]
)
def test_an_unknown_user_and_a_wrong_password_are_refused(broker: Broker, user: str) -> None:
    assert answers(broker, "sender.north", None)
    assert not answers(broker, user, "x" * 43)


@pytest.mark.usefixtures("with_senders")
def test_the_password_of_one_user_opens_nothing_for_another(broker: Broker) -> None:
    assert not answers(broker, "admin", broker.password("sender.north").shown())


def test_plaintext_gets_nothing_from_the_port(broker: Broker) -> None:
    host, _, port = broker.address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as plain:
        plain.sendall(WHICH_VERSIONS)
        assert not says_versions(received(plain))
    trusting = ssl.create_default_context(cafile=broker.folder / CA)
    with (
        socket.create_connection((host, int(port)), timeout=10) as plain,
        trusting.wrap_socket(plain, server_hostname=host) as encrypted,
    ):
        encrypted.sendall(WHICH_VERSIONS)
        assert says_versions(received(encrypted))


@pytest.mark.parametrize("listener", ["CONTROLLER", "INTERNAL"])
def test_only_the_brokers_own_certificate_opens_what_is_behind_it(broker: Broker, listener: str) -> None:
    anybody = ssl.create_default_context(cafile=broker.folder / CA)
    assert not says_versions(asked_over_tls(broker, listener, anybody))
    itself = ssl.create_default_context(cafile=broker.folder / CA)
    itself.load_cert_chain(broker.folder / BROKER)
    assert says_versions(asked_over_tls(broker, listener, itself))


def test_nobody_passes_for_the_broker(broker: Broker) -> None:
    host, _, port = broker.address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as plain, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    trusting = ssl.create_default_context(cafile=broker.folder / CA)
    with socket.create_connection((host, int(port)), timeout=10) as plain, pytest.raises(ssl.SSLCertVerificationError):
        trusting.wrap_socket(plain, server_hostname="kafka.example")


def test_a_new_key_replaces_the_old_one(broker: Broker, with_senders: Settings) -> None:
    senders.add(with_senders, "leaky")
    old = broker.password("sender.leaky").shown()
    new = senders.give_key(with_senders, "leaky").shown()
    assert new != old
    assert broker.password("sender.leaky").shown() == new
    assert answers(broker, "sender.leaky", new)
    assert not answers(broker, "sender.leaky", old)
    senders.shut_out(with_senders, "leaky")


def test_a_sender_that_is_added_again_keeps_its_key(broker: Broker, with_senders: Settings) -> None:
    before = broker.password("sender.north").shown()
    assert senders.add(with_senders, "north") == senders.Added([])
    assert answers(broker, "sender.north", before)


def test_a_sender_that_is_shut_out_can_do_nothing_at_once_also_where_it_was_connected(
    broker: Broker, with_senders: Settings
) -> None:
    senders.add(with_senders, "ending", may=["population"])
    password = broker.password("sender.ending").shown()
    with broker.producer("sender.ending") as connected:
        connected.send("reports.ending", key=b"k", value=b"x").get(10)
        assert senders.shut_out(with_senders, "ending")
        with pytest.raises(TopicAuthorizationFailedError):
            connected.send("reports.ending", key=b"k", value=b"x").get(10)
    assert not answers(broker, "sender.ending", password)
    assert not passwords.is_kept(broker.folder, "sender.ending")
    assert [sender.may for sender in senders.known(with_senders) if sender.name == "ending"] == [()]


def test_a_key_for_nobody_is_refused(with_senders: Settings) -> None:
    with pytest.raises(senders.SenderNotAdded):
        senders.give_key(with_senders, "nobody")


def test_where_kafka_asks_nobody_there_are_no_keys(database: str, with_senders: Settings) -> None:
    unsecured = Settings(database, with_senders.kafka_bootstrap, with_senders.held_keys, with_senders.clock)
    with pytest.raises(senders.NothingSecured):
        senders.give_key(unsecured, "north")


def test_passwords_and_keys_are_readable_by_their_owner_alone(broker: Broker) -> None:
    assert broker.folder.stat().st_mode & 0o777 == 0o700
    for file in broker.folder.iterdir():
        assert file.stat().st_mode & 0o777 == (0o644 if file.name in (CA, CLIENT) else 0o600), file.name
    assert {BROKER, CA, CA_KEY} <= {file.name for file in broker.folder.iterdir()}


def test_no_secret_stands_in_a_command_line_a_log_or_the_brokers_settings(broker: Broker) -> None:
    secrets = secrets_of(broker)
    assert len(secrets) > 5
    told = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    told += [file.read_text(errors="replace") for file in broker.server.folder.iterdir() if file.is_file()]
    assert not [secret for secret in secrets if any(secret in text for text in told)]


@pytest.mark.usefixtures("with_senders")
def test_no_password_is_logged_or_shown_by_what_holds_it(broker: Broker, settings_as: Callable[..., Settings]) -> None:
    settings = settings_as("sender.north")
    secret = broker.password("sender.north").shown()
    log = io.StringIO()
    handler, root = logging.StreamHandler(log), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        KafkaAdminClient(**settings.kafka("test")).close()
        broker.write("sender.north", "reports.north")
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert "security_protocol" in log.getvalue()
    shown = [log.getvalue(), repr(settings), repr(settings.kafka("test")), str(settings), f"{settings.kafka('test')}"]
    assert not [text for text in shown if secret in text]


def test_a_password_shows_itself_only_when_it_is_asked_to() -> None:
    password = Password(Password("correct-horse-battery-staple"))
    assert {str(password), repr(password), f"{password}", "%s" % password} == {"***"}  # noqa: UP031
    assert password.shown() == "correct-horse-battery-staple"
    assert password.encode() == b"correct-horse-battery-staple"


def test_a_password_in_a_file_that_others_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "password"
    passwords.write_new(file, Password("x" * 30))
    assert passwords.read(file).shown() == "x" * 30
    with pytest.raises(PasswordFileBroken):
        passwords.write_new(file, Password("y" * 30))
    file.chmod(0o640)
    with pytest.raises(PasswordFileBroken, match="0600"):
        passwords.read(file)


@pytest.mark.parametrize("weak", ["", "x" * 19, "å" * 30, "x" * 30 + ",n=admin", "x=" * 15, "x " * 15])
def test_a_password_that_is_short_or_means_something_to_the_protocol_is_refused(weak: str) -> None:
    with pytest.raises(PasswordBroken):
        passwords.checked(weak)


def test_the_environment_says_who_a_program_is(tmp_path: Path) -> None:
    ca, file = tmp_path / "ca.pem", tmp_path / "password"
    ca.touch()
    passwords.write_new(file, Password("y" * 30))
    secured = SERVERS | {"VAXREG_KAFKA_SECURITY": "SASL_SSL", "VAXREG_KAFKA_USER": "intake"}
    one = settings_from(secured | {"VAXREG_KAFKA_PASSWORD": "x" * 30}).kafka("any")
    assert (one["security_protocol"], one["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (one["sasl_plain_username"], one["sasl_plain_password"]) == ("intake", "x" * 30)
    assert "ssl_cafile" not in one
    files = {"VAXREG_KAFKA_PASSWORD_FILE": str(file), "VAXREG_KAFKA_CA_FILE": str(ca)}
    other = settings_from(secured | files).kafka("any")
    assert (other["sasl_plain_password"], other["ssl_cafile"]) == ("y" * 30, str(ca))
    assert "security_protocol" not in settings_from(SERVERS).kafka("any")


@pytest.mark.parametrize(
    "told",
    [
        {"VAXREG_KAFKA_SECURITY": "SSL"},
        {"VAXREG_KAFKA_SECURITY": "SASL_SSL"},
        {"VAXREG_KAFKA_SECURITY": "SASL_SSL", "VAXREG_KAFKA_USER": "intake"},
        {"VAXREG_KAFKA_SECURITY": "SASL_SSL", "VAXREG_KAFKA_USER": "i", "VAXREG_KAFKA_PASSWORD": "secret-and-short"},
        {"VAXREG_KAFKA_SECURITY": "SASL_SSL", "VAXREG_KAFKA_USER": "i", "VAXREG_KAFKA_PASSWORD_FILE": "/no/file"},
        {
            "VAXREG_KAFKA_SECURITY": "SASL_SSL",
            "VAXREG_KAFKA_USER": "i",
            "VAXREG_KAFKA_PASSWORD": "secret-and-long-enough",
            "VAXREG_KAFKA_CA_FILE": "/no/file",
        },
        # Somebody believes that the connection is closed, and it is not.
        {"VAXREG_KAFKA_USER": "intake", "VAXREG_KAFKA_PASSWORD": "secret-and-long-enough"},
    ],
)
def test_settings_that_are_half_a_security_are_refused_and_tell_no_secret(told: dict[str, str]) -> None:
    with pytest.raises(SettingBroken) as refused:
        settings_from(SERVERS | told)
    assert "secret" not in str(refused.value)


def test_every_client_of_the_program_speaks_for_somebody(broker: Broker) -> None:
    named = {row["client"]: row["principal"] for row in table("clients.csv")}
    found = set()
    for room in ("register", "projections", "connectors"):
        for source in Path(room).rglob("*.py"):
            text = source.read_text(encoding="utf-8")
            found |= {
                name
                for call in ('.kafka("', 'connect(settings, "', 'connect(self._settings, "')
                for name in (part.partition('"')[0] for part in text.split(call)[1:])
            }
    assert len(found) > 8
    assert found <= named.keys(), "add a row to register/kafka_access/clients.csv"
    kept = KeptPasswords(broker.folder)
    assert kept.of("vaxreg-intake")["sasl_plain_username"] == "intake"
    assert kept.of("vaxreg-sending", "north")["sasl_plain_username"] == "sender.north"
    for client, sender in (("vaxreg-sending", None), ("vaxreg-unheard-of", "north")):
        with pytest.raises(NoPrincipal):
            kept.of(client, sender)


def answers(broker: Broker, user: str, password: str | None) -> bool:
    """Whether Kafka lets this user in."""
    try:
        admin = KafkaAdminClient(**broker.clients(user, password), bootstrap_timeout_ms=PATIENCE)
    except KafkaTimeoutError:  # kafka-python asks again and again where it is refused
        return False
    admin.close()
    return True


def asked_over_tls(broker: Broker, listener: str, how: ssl.SSLContext) -> bytes:
    """What a listener answers to somebody who comes with this certificate, or without one."""
    settings = (broker.server.folder / "server.properties").read_text()
    port = int(settings.split(f"{listener}://127.0.0.1:")[1].split(",")[0].split()[0])
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
            how.wrap_socket(plain, server_hostname="127.0.0.1") as encrypted,
        ):
            encrypted.sendall(WHICH_VERSIONS)
            return received(encrypted)
    except (ssl.SSLError, ConnectionError):
        return b""


def received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(4096)
    except ConnectionError:
        return b""


def says_versions(answer: bytes) -> bool:
    """Whether it is Kafka's answer to the question: our number, and no error."""
    return answer[4:10] == struct.pack(">ih", 1, 0)


def secrets_of(broker: Broker) -> list[str]:
    return [file.read_text().strip() for file in broker.folder.glob("*.password")]
