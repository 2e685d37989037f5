"""Everything the environment decides, read once at the entry points."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from register.clock import Clock, clock_from
from register.vault import Keys, KeysMissing

DATABASE_URL = "DATABASE_URL"
KAFKA_BOOTSTRAP = "KAFKA_BOOTSTRAP"
PARTITIONS = "VAXREG_PARTITIONS"
REPLICATION = "VAXREG_REPLICATION"


class SettingBroken(Exception):
    """A setting is missing or cannot be used. Messages hold names of settings and never passwords."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the servers are, how topics are made, the register's clock, and the vault's keys."""

    database_url: str = field(repr=False)
    kafka_bootstrap: tuple[str, ...]
    held_keys: Keys | KeysMissing = field(repr=False)
    clock: Clock
    partitions: int = 4
    replication: int = 1

    @property
    def keys(self) -> Keys:
        """The vault's keys; raises KeysMissing in a service that was started without, as relay and project may be."""
        if isinstance(self.held_keys, KeysMissing):
            raise self.held_keys
        return self.held_keys

    def kafka(self, client_id: str) -> dict[str, Any]:
        """What every Kafka client is made with."""
        return {"bootstrap_servers": list(self.kafka_bootstrap), "client_id": client_id}


def settings_from(env: Mapping[str, str], data_folder: Path | None = None) -> Settings:
    """The settings of this environment; embedded servers bring a data folder, where missing keys are made."""
    return Settings(
        database_url=_needed(env, DATABASE_URL),
        kafka_bootstrap=tuple(part.strip() for part in _needed(env, KAFKA_BOOTSTRAP).split(",")),
        held_keys=_keys(env, data_folder),
        clock=clock_from(env),
        partitions=_count(env, PARTITIONS, 4),
        replication=_count(env, REPLICATION, 1),
    )


def _keys(env: Mapping[str, str], data_folder: Path | None) -> Keys | KeysMissing:
    try:
        return Keys.from_environment(env, data_folder)
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
