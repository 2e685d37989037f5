"""The extract and the candidates, asked on the command line: allowed, written down, then told."""

import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg

from connectors.cli.asker_allowed import allowed, identity_asked_about
from connectors.cli.failures import BrokenOption
from connectors.cli.output import Format, write_rows
from connectors.cli.register import register
from register.access import reading_by
from register.codes import in_words
from register.store import create_tables

if TYPE_CHECKING:
    from connectors.registrar.candidates import Candidate, Who

NOT_KNOWN = "PERSON-NOT-KNOWN"
COLUMNS = ("one_root", "one", "one_issuer", "other_root", "other", "other_issuer", "born", "doses")


def print_extract(role: str, purpose: str, who: str, unit: str, *, page: bool, language: str) -> None:
    """Print everything about the person on standard input; BrokenOption where nobody is known by the identity."""
    from connectors.person.whole import whole  # noqa: PLC0415

    reader = allowed("extract", role, purpose, who, unit)
    with register() as settings:
        identity = identity_asked_about(settings)
        create_tables(settings.database_url)
        with psycopg.connect(settings.database_url, autocommit=True) as conn:
            person_id = reading_by(conn, settings.keys, reader, "extract", identity, at=datetime.now(UTC))
            if person_id is None:
                raise BrokenOption(in_words(NOT_KNOWN))
            found = whole(conn, settings, person_id)
    if not page:
        json.dump(found, sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
        return
    from connectors.outgoing.words import Words  # noqa: PLC0415
    from connectors.person.page import printed  # noqa: PLC0415

    sys.stdout.write(printed(Words("sv" if language == "sv" else "en"), found))


def print_candidates(  # noqa: PLR0917
    form: Format, role: str, purpose: str, who: str, unit: str, limit: int, after: str
) -> None:
    """Print the pairs for review."""
    from connectors.outgoing.reading import pool_of  # noqa: PLC0415
    from connectors.registrar.candidates import candidates  # noqa: PLC0415

    reader = allowed("candidates", role, purpose, who, unit)
    with register() as settings, pool_of(settings.database_url) as pool:
        page = candidates(pool, settings, reader, limit, after)
    write_rows(COLUMNS, candidate_rows(page.candidates), form)
    looked = f"Looked at {page.looked_at} of {page.of} doses on numbers that are no personal identity number."
    print(looked if page.next is None else f"{looked} Go on with --after '{page.next}'", file=sys.stderr)


def candidate_rows(pairs: "Iterable[Candidate]") -> list[tuple[Any, ...]]:
    """Pairs in the order of COLUMNS."""
    return [(*_identity(pair.one), *_identity(pair.other), pair.born, pair.doses) for pair in pairs]


def _identity(who: "Who") -> tuple[str, str, str]:
    # A number without its OID names nobody: both go into a file of links.
    return who.root, who.value, who.issuer
