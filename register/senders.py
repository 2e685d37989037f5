"""The senders: who may report, each with a topic to write to and one to read the answers from."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import psycopg
from kafka import KafkaAdminClient

from register import entitled, store, topics
from register.kafka_access import rights, users
from register.kafka_access.passwords import Password, new_password
from register.kafka_access.principals import of_sender
from register.settings import Settings
from register.systems import store as systems


class SenderNotAdded(Exception):
    """Nobody of this name was added."""


class NothingSecured(Exception):
    """Kafka asks nobody who he is, so there are no keys and no rights."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A sender, when the register began to listen to it, and what it may report that not everybody may."""

    name: str
    created_at: datetime
    may: tuple[str, ...] = ()


class Added(NamedTuple):
    """The topics that were made, and the password of a sender that had none; nothing if all was there before."""

    topics: list[str]
    password: Password | None = None


def add(
    settings: Settings,
    name: str,
    *,
    own_systems: Iterable[str] = (),
    may: Iterable[str] = (),
    password: Password | None = None,
) -> Added:
    """A sender with topics, with system names of its own and what it `may` report beside doses, deliveries and
    reserve numbers; and with rights and a key where Kafka asks for them.

    Changes nothing twice; a key that it has already stays. Raises SenderNameBroken, and SystemNameTaken.
    """
    made = topics.create(settings, topics.of_sender(name))
    store.create_tables(settings.database_url)
    with psycopg.connect(settings.database_url) as conn:
        conn.execute(
            "INSERT INTO register.senders (name, created_at) VALUES (%s, %s)"
            " ON CONFLICT (name) DO UPDATE SET shut_out_at = NULL WHERE senders.shut_out_at IS NOT NULL",
            (name, settings.clock()),
        )
        entitled.let(conn, name, may)
        for system in own_systems:
            systems.claim(conn, system, name, settings.clock())
    if not settings.kafka_access.secured:
        return Added(made)
    user = of_sender(name)
    with _admin(settings) as admin:
        rights.give(admin, rights.of_sender_named(name))
        if users.is_known(admin, user):
            return Added(made)
        return Added(made, _give_key(settings, admin, user, password or new_password()))


def give_key(settings: Settings, name: str, password: Password | None = None) -> Password:
    """A new key in place of the old one, which opens nothing any more. Raises SenderNotAdded and NothingSecured."""
    check_known(settings, name)
    with _admin(settings) as admin:
        return _give_key(settings, admin, of_sender(name), password or new_password())


def may_not(settings: Settings, name: str, kinds: Iterable[str]) -> None:
    """Take the right to report these kinds away; what it reported stays. Raises SenderNotAdded."""
    check_known(settings, name)
    with psycopg.connect(settings.database_url) as conn:
        entitled.let_no_more(conn, name, kinds)


def shut_out(settings: Settings, name: str) -> bool:
    """Take key and rights away, also from connections that are open, and the way in over API and desk.

    What it reported stays, and `add` lets it in again. Whether it can write no more: where Kafka asks nobody who he
    is, only what it may report is taken away. Raises SenderNotAdded.
    """
    may_not(settings, name, entitled.restricted())
    with psycopg.connect(settings.database_url) as conn:
        conn.execute("UPDATE register.senders SET shut_out_at = %s WHERE name = %s", (settings.clock(), name))
    if not settings.kafka_access.secured:
        return False
    user = of_sender(name)
    with _admin(settings) as admin:
        rights.take_away(admin, user)
        users.remove(admin, user)
    settings.kafka_access.remember(user, None)
    return True


def give_system(settings: Settings, system: str, name: str) -> None:
    """A system name, and with it every record reported under it, goes to another sender.

    Raises SenderNotAdded, SystemNameUnknown and SystemNameBroken.
    """
    check_known(settings, name)
    with psycopg.connect(settings.database_url) as conn:
        systems.move(conn, system, name, settings.clock())


def systems_of_all(settings: Settings) -> list[systems.System]:
    """Every system name that is somebody's, by sender."""
    with psycopg.connect(settings.database_url) as conn:
        return systems.every(conn)


def known(settings: Settings) -> list[Sender]:
    """Every sender that was added, by name."""
    with psycopg.connect(settings.database_url) as conn:
        rows = conn.execute("SELECT name, created_at FROM register.senders ORDER BY name").fetchall()
        kinds = entitled.kinds_of(conn)
    return [Sender(name, since, tuple(kinds.get(name, ()))) for name, since in rows]


def check_known(settings: Settings, name: str) -> None:
    """Raises SenderNotAdded if nobody of this name was added."""
    if name not in {sender.name for sender in known(settings)}:
        raise SenderNotAdded(f"there is no sender {name}; make one with: vaxreg sender add {name}")


def _give_key(settings: Settings, admin: KafkaAdminClient, user: str, password: Password) -> Password:
    users.give(admin, {user: password})
    settings.kafka_access.remember(user, password)
    return password


@contextmanager
def _admin(settings: Settings) -> Iterator[KafkaAdminClient]:
    if not settings.kafka_access.secured:
        raise NothingSecured(NothingSecured.__doc__)
    admin = KafkaAdminClient(**settings.kafka("vaxreg-rights"))
    try:
        yield admin
    finally:
        admin.close()
