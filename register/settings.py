"""Everything the environment decides, read once at the entry points."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from register.clock import Clock, clock_from
from register.kafka_access.access import OPEN, Access, KeptPasswords, OneUser
from register.kafka_access.passwords import Password, PasswordBroken, PasswordFileBroken, checked
from register.kafka_access.passwords import read as read_password
from register.kafka_access.principals import OWN
from register.vault import Keys, KeysMissing, configured_keys

DATABASE_URL = "DATABASE_URL"
KAFKA_BOOTSTRAP = "KAFKA_BOOTSTRAP"
PARTITIONS = "VAXREG_PARTITIONS"
REPLICATION = "VAXREG_REPLICATION"
KAFKA_SECURITY = "VAXREG_KAFKA_SECURITY"
KAFKA_USER = "VAXREG_KAFKA_USER"
KAFKA_PASSWORD = "VAXREG_KAFKA_PASSWORD"
KAFKA_PASSWORD_FILE = "VAXREG_KAFKA_PASSWORD_FILE"
KAFKA_CA_FILE = "VAXREG_KAFKA_CA_FILE"
KAFKA_ACCESS = "VAXREG_KAFKA_ACCESS"  # the folder of an embedded Kafka with security; a register tells it its parts

PLAINTEXT, SASL_SSL = "PLAINTEXT", "SASL_SSL"


class SettingBroken(Exception):
    """A setting is missing or cannot be used. Messages hold names of settings and never passwords."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the servers are and who we are there, how topics are made, the register's clock, and the vault's keys."""

    database_url: str = field(repr=False)
    kafka_bootstrap: tuple[str, ...]
    held_keys: Keys | KeysMissing = field(repr=False)
    clock: Clock
    partitions: int = 4
    replication: int = 1
    kafka_access: Access = OPEN

    @property
    def keys(self) -> Keys:
        """The vault's keys; raises KeysMissing in a service that was started without, as relay and project may be."""
        if isinstance(self.held_keys, KeysMissing):
            raise self.held_keys
        return self.held_keys

    def kafka(self, client_id: str, sender: str | None = None) -> dict[str, Any]:
        """What every Kafka client is made with; one that writes or reads for a sender says for which."""
        told = {"bootstrap_servers": list(self.kafka_bootstrap), "client_id": client_id}
        return told | self.kafka_access.of(client_id, sender)


def settings_from(env: Mapping[str, str], data_folder: Path | None = None) -> Settings:
    """The settings of this environment; embedded servers bring a data folder, where missing keys are made."""
    return Settings(
        database_url=_needed(env, DATABASE_URL),
        kafka_bootstrap=tuple(part.strip() for part in _needed(env, KAFKA_BOOTSTRAP).split(",")),
        held_keys=_keys(env, data_folder),
        clock=clock_from(env),
        partitions=_count(env, PARTITIONS, 4),
        replication=_count(env, REPLICATION, 1),
        kafka_access=_access(env),
    )


def _access(env: Mapping[str, str]) -> Access:
    if env.get(KAFKA_ACCESS):
        return KeptPasswords(Path(env[KAFKA_ACCESS]))
    security = env.get(KAFKA_SECURITY, "").strip() or PLAINTEXT
    told = [name for name in (KAFKA_USER, KAFKA_PASSWORD, KAFKA_PASSWORD_FILE, KAFKA_CA_FILE) if env.get(name)]
    if security == PLAINTEXT:
        if told:  # a password that is never asked for is a register that somebody believes to be closed
            raise SettingBroken(f"{told[0]} is set, but {KAFKA_SECURITY} is not {SASL_SSL}")
        return OPEN
    if security != SASL_SSL:
        raise SettingBroken(f"{KAFKA_SECURITY} must be {PLAINTEXT} or {SASL_SSL}")
    ca = env.get(KAFKA_CA_FILE, "").strip()
    if ca and not Path(ca).is_file():
        raise SettingBroken(f"{KAFKA_CA_FILE} names no file")
    return OneUser(_needed(env, KAFKA_USER), _password(env), Path(ca) if ca else None)


def passwords_of_own(env: Mapping[str, str]) -> dict[str, Password]:
    """The passwords of the register's own users, for whoever makes these users."""
    found = {}
    for principal in OWN:
        name = f"VAXREG_KAFKA_{principal.upper()}_PASSWORD"
        try:
            found[principal] = checked(_needed(env, name))
        except PasswordBroken as broken:
            raise SettingBroken(f"{name}: {broken}") from None
    return found


def _password(env: Mapping[str, str]) -> Password:
    text, file = env.get(KAFKA_PASSWORD, "").strip(), env.get(KAFKA_PASSWORD_FILE, "").strip()
    if bool(text) == bool(file):
        raise SettingBroken(f"of {KAFKA_PASSWORD} and {KAFKA_PASSWORD_FILE} one must be set")
    try:
        return checked(text) if text else read_password(Path(file))
    except (PasswordBroken, PasswordFileBroken) as broken:
        raise SettingBroken(f"{KAFKA_PASSWORD if text else KAFKA_PASSWORD_FILE}: {broken}") from None


def _keys(env: Mapping[str, str], data_folder: Path | None) -> Keys | KeysMissing:
    try:
        return configured_keys(env, data_folder)
    except KeysMissing as missing:
        return missing


def _needed(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "").strip()
    if not value:
        raise SettingBroken(f"{name} is not set")
    return value


def _count(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, "").strip() or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise SettingBroken(f"{name} must be a whole number from 1 to 10000")
    return int(text)
