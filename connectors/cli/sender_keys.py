"""A sender's key on its way in or out: from a file or standard input, to a file of its own or once to the screen."""

import sys
from pathlib import Path

from connectors.cli.failures import BrokenOption
from register.kafka_access.passwords import Password, checked, read, write_new
from register.kafka_access.principals import groups_of, of_sender
from register.settings import Settings

_SCREEN = "-"


def chosen(source: str | None, target: str | None) -> Password | None:
    """The password that somebody brings along; raises BrokenOption where nobody could tell where it should go."""
    if source and target:
        raise BrokenOption("--password-from brings a password along, so there is none for --password-to to write")
    if target and Path(target).exists():
        raise BrokenOption(f"--password-to: {target} exists; name a new file")
    if source is None:
        return None
    return checked(sys.stdin.readline().strip()) if source == _SCREEN else read(Path(source))


def tell(settings: Settings, sender: str, password: Password, target: str | None) -> None:
    """How the sender says who it is; its password on standard output, in a new file, or not at all."""
    print(f"user {of_sender(sender)} (SASL_SSL, SCRAM-SHA-512)")
    print(f"consumer groups {groups_of(sender)}*")
    if ca := settings.kafka("vaxreg-rights").get("ssl_cafile"):
        print(f"certificate authority {ca}")
    if target == _SCREEN:
        print(f"password {password.shown()}")
    elif target:
        write_new(Path(target), password)
        print(f"password in {target}")
