"""The question about one person: allowed, then written down, then answered."""

import getpass
import sys

import psycopg

from connectors.access_log import Access, write_down
from connectors.cli.failures import BrokenOption
from connectors.cli.reading import day
from connectors.cli.register import register
from projections import live
from projections.certificate_eligibility.query import ROLES, RoleNotAllowed, certificate_eligibility
from register import vault
from register.clock import day_in_sweden
from register.identities.number import PERSONAL_ROOT, BrokenIdentity, Identity, parse_identity
from register.settings import Settings

PURPOSE = "certificate"
UNKNOWN = "PERSON-NOT-KNOWN"


def ask_eligibility(on: str, role: str, who: str | None) -> None:
    """Print yes or no and why; a person whom the register does not know may not have a certificate."""
    asked_for = day("--on", on)
    assert asked_for is not None
    if role not in ROLES:
        raise RoleNotAllowed(f"role {role} may not ask this; roles that may: {', '.join(sorted(ROLES))}")
    line = sys.stdin.readline()
    with register() as settings:
        identity = _identity(line, settings)
        person_id = _person(settings, identity)
        if person_id is None:
            print(f"no: {UNKNOWN}")
            return
        with psycopg.connect(settings.database_url, autocommit=True) as conn:
            access = Access(who or getpass.getuser(), role, PURPOSE, settings.clock(), person_id)
            write_down(conn, access)
        with live.connect(settings.database_url) as conn:
            answer = certificate_eligibility(conn, person_id, asked_for, role=role)
    if answer.eligible:
        print(f"yes: {answer.doses_counted} doses counted, series complete on {answer.series_complete_on}")
    else:
        later = f"; from {answer.eligible_from}" if answer.eligible_from else ""
        print(f"no: {', '.join(answer.reasons)}{later}")


def _identity(line: str, settings: Settings) -> Identity:
    root, semicolon, value = line.strip().rpartition(";")
    read = parse_identity(root if semicolon else PERSONAL_ROOT, value, today=day_in_sweden(settings.clock()))
    if isinstance(read, BrokenIdentity):
        raise BrokenOption(f"the identity on standard input names no person: {', '.join(read.codes)}")
    return read


def _person(settings: Settings, identity: Identity) -> int | None:
    lookup = settings.keys.lookup(identity)
    with psycopg.connect(settings.database_url) as conn:
        return vault.find(conn, [lookup]).get(lookup)
