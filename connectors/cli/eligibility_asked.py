"""The question about one person: allowed, then written down, then answered."""

from datetime import UTC, datetime

import psycopg

from connectors.cli.asker_allowed import allowed, identity_asked_about
from connectors.cli.reading import day
from connectors.cli.register import register
from projections.certificate_eligibility.eligible import NOT_KNOWN, TOO_SOON
from projections.certificate_eligibility.query import certificate_eligibility
from register.access import reading_by
from register.codes import in_words
from register.links.person import person_with
from register.store import create_tables

QUESTION = "eligibility"


def ask_eligibility(on: str, role: str, purpose: str, who: str, unit: str) -> None:
    """Print yes or no and why; a person whom the register does not know may not have a certificate."""
    asked_for = day("--on", on)
    assert asked_for is not None
    reader = allowed(QUESTION, role, purpose, who, unit)
    with register() as settings:
        identity = identity_asked_about(settings)
        create_tables(settings.database_url)
        with psycopg.connect(settings.database_url, autocommit=True) as conn:
            # By the wall clock: somebody reads now, whatever day the register plays.
            person_id = reading_by(conn, settings.keys, reader, QUESTION, identity, at=datetime.now(UTC))
            if person_id is None:
                print(f"no: {in_words(NOT_KNOWN)}")
                return
            answer = certificate_eligibility(person_with(conn, person_id), asked_for)
    if answer.eligible:
        print(f"yes: {answer.doses_counted} doses counted, series complete on {answer.series_complete_on}")
    else:
        waits = f"; {answer.waiting_days} days after the series" if TOO_SOON in answer.reasons else ""
        later = f"; from {answer.eligible_from}" if answer.eligible_from else ""
        print(f"no: {', '.join(map(in_words, answer.reasons))}{waits}{later}")
