"""The reader behind a command, and the identity asked about: allowed by the table of roles before anything is read."""

import getpass
import sys

from connectors.cli.failures import BrokenOption
from register.access import Denied, Reader, ReaderBroken
from register.access.roles import actions, implied_purpose
from register.clock import day_in_sweden
from register.identities.number import PERSONAL_ROOT, BrokenIdentity, Identity, parse_identity
from register.settings import Settings


def allowed(  # noqa: PLR0917
    action: str, role: str, purpose: str = "", who: str = "", unit: str = "", region: str = ""
) -> Reader:
    """Who runs this command, if the role may ask this at all; raises Denied or BrokenOption.

    About whom or which region is decided where that is known, by `reading`.
    """
    user = getpass.getuser()
    try:
        reader = Reader(
            f"{user} for {who}" if who else user,
            role,
            purpose or implied_purpose(role, actions()[action].action),
            region=region,
            unit=unit,
        )
    except ReaderBroken as broken:
        raise BrokenOption(str(broken)) from None
    answer = reader.may_at_all(action)
    if isinstance(answer, Denied):
        raise answer
    return reader


def identity_asked_about(settings: Settings) -> Identity:
    """The identity on standard input: a national number, or OID and reserve number; raises BrokenOption."""
    *root, value = sys.stdin.readline().replace(";", " ").split() or [""]
    read = parse_identity("".join(root) or PERSONAL_ROOT, value, today=day_in_sweden(settings.clock()))
    if isinstance(read, BrokenIdentity):
        raise BrokenOption(f"the identity on standard input names no person: {', '.join(read.codes)}")
    return read
