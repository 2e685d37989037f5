"""How a Kafka client proves who it is: not at all, as one user, or as whoever its part of the register is."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from register.kafka_access.passwords import Password, forget, keep, kept
from register.kafka_access.principals import principal_of

CA = "ca.pem"


class Access(Protocol):
    """What a Kafka client is made with beside the address."""

    @property
    def secured(self) -> bool:
        """Whether Kafka asks who one is."""

    def of(self, client_id: str, sender: str | None = None) -> dict[str, Any]:
        """The settings for this client; `sender`: for whom it writes reports and reads receipts."""

    def remember(self, user: str, password: Password | None) -> None:
        """A user was given a password, or lost it."""


@dataclass(frozen=True, slots=True)
class Open:
    """Kafka asks nobody who he is."""

    @property
    def secured(self) -> bool:
        return False

    def of(self, _client_id: str, _sender: str | None = None) -> dict[str, Any]:
        return {}

    def remember(self, user: str, password: Password | None) -> None:
        """There are no passwords."""


OPEN = Open()


@dataclass(frozen=True, slots=True)
class OneUser:
    """This program is one user, whatever it does; without `ca` the system's certificate authorities are trusted."""

    user: str
    password: Password = field(repr=False)
    ca: Path | None = None

    @property
    def secured(self) -> bool:
        return True

    def of(self, _client_id: str, _sender: str | None = None) -> dict[str, Any]:
        return _settings(self.user, self.password, self.ca)

    def remember(self, user: str, password: Password | None) -> None:
        """Somebody else's password is his alone."""


@dataclass(frozen=True, slots=True)
class KeptPasswords:
    """The embedded broker's: its folder holds everybody's password, and each part speaks as itself."""

    folder: Path

    @property
    def secured(self) -> bool:
        return True

    def of(self, client_id: str, sender: str | None = None) -> dict[str, Any]:
        principal = principal_of(client_id, sender)
        return _settings(principal, kept(self.folder, principal), self.folder / CA)

    def remember(self, user: str, password: Password | None) -> None:
        if password is None:
            forget(self.folder, user)
        else:
            keep(self.folder, user, password)


def _settings(user: str, password: Password, ca: Path | None) -> dict[str, Any]:
    return {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": user,
        "sasl_plain_password": password,
        **({"ssl_cafile": str(ca)} if ca else {}),
    }
