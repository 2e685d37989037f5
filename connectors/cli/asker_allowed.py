"""The reader behind a command, and the identity asked about: allowed by the table of roles before anything is read."""

import getpass
import sys

from connectors.cli.failures import BrokenOption
from register.access import Denied, Reader, ReaderBroken
from register.access.reader import FOR
from register.access.roles import actions, implied_purpose
from register.clock import day_in_sweden
from register.codes import in_words
from register.identities.classify import why_nobody
from register.identities.number import PERSONAL_ROOT, BrokenIdentity, Identity, parse_identity
from register.settings import Settings

LONGEST = 100_000  # characters of standard input


def allowed(  # noqa: PLR0917
    action: str, role: str, purpose: str = "", who: str = "", unit: str = "", region: str = ""
) -> Reader:
    """Who runs this command, if the role may ask this at all; raises Denied or BrokenOption.

    About whom or which region is decided where that is known, by `reading`.
    """
    user = getpass.getuser()
    try:
        reader = Reader(
            f"{user}{FOR}{who}" if who else user,
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
    # Who types it ends it with the line.
    said = sys.stdin.readline() if sys.stdin.isatty() else sys.stdin.read(LONGEST)
    first, *others = [line for line in said.splitlines() if line.strip()] or [""]
    if others:
        raise BrokenOption("standard input holds several lines: ask about one identity at a time")
    *root, value = first.replace(";", " ").split() or [""]
    today = day_in_sweden(settings.clock())
    read = parse_identity("".join(root) or PERSONAL_ROOT, value, today=today)
    if isinstance(read, BrokenIdentity):
        codes = read.codes if root else why_nobody(value, today=today)
        raise BrokenOption(f"the identity on standard input names no person: {', '.join(map(in_words, codes))}")
    return read
