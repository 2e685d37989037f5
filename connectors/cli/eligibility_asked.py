"""The question about one person: allowed, then written down, then answered."""

import getpass
import sys

import psycopg

from connectors.access_log import Access, write_down
from connectors.cli.failures import BrokenOption
from connectors.cli.reading import day
from connectors.cli.register import register
from projections import live
from projections.certificate_eligibility.eligible import NOT_KNOWN, TOO_SOON
from projections.certificate_eligibility.query import ROLES, RoleNotAllowed, certificate_eligibility
from register import vault
from register.clock import day_in_sweden
from register.codes import in_words
from register.identities.number import PERSONAL_ROOT, BrokenIdentity, Identity, parse_identity
from register.settings import Settings
from register.store import create_tables

PURPOSE = "certificate"


def ask_eligibility(on: str, role: str, who: str | None) -> None:
    """Print yes or no and why; a person whom the register does not know may not have a certificate."""
    asked_for = day("--on", on)
    assert asked_for is not None
    if role not in ROLES:
        raise RoleNotAllowed(f"role {role} may not ask this; roles that may: {', '.join(sorted(ROLES))}")
    line = sys.stdin.readline()
    with register() as settings:
        identity = _identity(line, settings)
        create_tables(settings.database_url)
        with psycopg.connect(settings.database_url, autocommit=True) as conn:
            person_id = vault.person_of(conn, settings.keys, identity)
            access = Access(who or getpass.getuser(), role, PURPOSE, settings.clock(), person_id)
            write_down(conn, access)
        if person_id is None:
            print(f"no: {in_words(NOT_KNOWN)}")
            return
        with live.connect(settings.database_url) as conn:
            answer = certificate_eligibility(conn, person_id, asked_for, role=role)
    if answer.eligible:
        print(f"yes: {answer.doses_counted} doses counted, series complete on {answer.series_complete_on}")
    else:
        waits = f"; {answer.waiting_days} days after the series" if TOO_SOON in answer.reasons else ""
        later = f"; from {answer.eligible_from}" if answer.eligible_from else ""
        print(f"no: {', '.join(map(in_words, answer.reasons))}{waits}{later}")


def _identity(line: str, settings: Settings) -> Identity:
    *root, value = line.replace(";", " ").split() or [""]
    read = parse_identity("".join(root) or PERSONAL_ROOT, value, today=day_in_sweden(settings.clock()))
    if isinstance(read, BrokenIdentity):
        raise BrokenOption(f"the identity on standard input names no person: {', '.join(read.codes)}")
    return read
