"""TLS for the broker: an authority of its own, and a certificate that it signs."""

import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from register.kafka_access.access import CA

CA_KEY = "ca.key"
BROKER = "broker.pem"  # its key and its certificate
CLIENT = "client.properties"  # for Kafka's own commands beside the broker
CLIENT_SETTINGS = """\
security.protocol=SSL
ssl.keystore.type=PEM
ssl.keystore.location={folder}/{broker}
ssl.truststore.type=PEM
ssl.truststore.location={folder}/{ca}
"""
BROKER_NAME = "CN=broker"  # how Kafka calls whoever shows that certificate

# The authority outlives the register's machines; the broker's certificate is made anew at each of its starts.
_AUTHORITY_LASTS, _CERTIFICATE_LASTS = timedelta(days=20 * 365), timedelta(days=825)
_CLOCKS_DIFFER = timedelta(days=1)


def make(folder: Path, names: Sequence[str], authority_folder: Path | None = None) -> None:
    """The authority where there is none yet, and a new certificate for a broker of these names and addresses.

    Whoever has the authority's key can pass for the broker: it may have a folder that the broker does not see.
    """
    keys = authority_folder or folder
    for needed in (folder, keys):
        needed.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (keys / CA_KEY).exists():
        _make_authority(keys)
    authority = x509.load_pem_x509_certificate((keys / CA).read_bytes())
    authority_key = load_pem_private_key((keys / CA_KEY).read_bytes(), None)
    assert isinstance(authority_key, EllipticCurvePrivateKey)
    key = generate_private_key(SECP256R1())
    certificate = (
        _certificate(_name("broker"), key, authority.subject, _CERTIFICATE_LASTS)
        .add_extension(
            x509.SubjectAlternativeName([_alternative(name) for name in dict.fromkeys(names)]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            # Both: brokers and their controller know each other by it.
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
            critical=False,
        )
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, SHA256())
    )
    publish(keys, folder)
    _write(folder / BROKER, _private(key) + certificate.public_bytes(Encoding.PEM), 0o600)
    settings = CLIENT_SETTINGS.format(folder=folder.absolute(), broker=BROKER, ca=CA)
    _write(folder / CLIENT, settings.encode(), 0o644)


def publish(keys: Path, folder: Path) -> None:
    """The authority's certificate, by which everybody knows the broker, also in this folder."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    if folder != keys:
        _write(folder / CA, (keys / CA).read_bytes(), 0o644)


def _make_authority(folder: Path) -> None:
    key = generate_private_key(SECP256R1())
    name = _name(f"vaxreg {secrets.token_hex(4)}")
    certificate = (
        _certificate(name, key, name, _AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_SIGNS, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    _write(folder / CA, certificate.public_bytes(Encoding.PEM), 0o644)
    # Last, because where it lies everything is made.
    _write(folder / CA_KEY, _private(key), 0o600)


_SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _certificate(
    subject: x509.Name, key: EllipticCurvePrivateKey, issuer: x509.Name, lasts: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)  # of certificates: the machine's clock, which is what others check them against
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + lasts)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _private(key: EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes, mode: int) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(mode)
    draft.replace(path)
