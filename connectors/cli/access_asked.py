"""The log of accesses, asked: allowed by the table of roles, and what concerns a person is itself written down."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time
from typing import Any

import psycopg
from psycopg import Connection

from connectors.cli.asker_allowed import allowed, identity_asked_about
from connectors.cli.failures import BrokenOption
from connectors.cli.output import Format, write_rows
from connectors.cli.reading import day
from connectors.cli.register import register
from register.access import log, reading_by, review
from register.access.chain import Head
from register.access.facts import AccessesReviewed, ProtectedRecordRead
from register.access.log import Access
from register.access.tried import ENDED
from register.clock import SWEDEN
from register.definitions import protection_code
from register.ids import show_id
from register.settings import Settings
from register.store import create_tables


def verify_log(heads: list[str]) -> bool:
    """Print the head and every break; whether there is none."""
    try:
        noted = [Head.read(text) for text in heads]
    except ValueError:
        raise BrokenOption("--head must be as verify prints it: a number, a colon and 64 hexadecimal digits") from None
    with _log() as (_, conn):
        found = log.verify(conn, noted)
    for broken in found.breaks:
        print(f"access {broken.number}: {broken.what}", file=sys.stderr)
    print(found.head)
    return not found.breaks


def report_accesses(form: Format, role: str, purpose: str, who: str, unit: str) -> None:
    """Print every reading about the person on standard input, this one included."""
    reader = allowed("access-report", role, purpose, who, unit)
    with _log() as (settings, conn):
        identity = identity_asked_about(settings)
        person_id = reading_by(conn, settings.keys, reader, "access-report", identity, at=datetime.now(UTC))
        found = [] if person_id is None else log.accesses_of(conn, person_id)
    write_rows(Access._fields, found, form)


def draw_sample(
    form: Format, count: int, role: str, purpose: str, who: str, *, of_role: str, since: str, seed: str
) -> None:
    """Print the accesses drawn; what they are and how to go on stands on standard error."""
    reader, first = allowed(review.SAMPLE, role, purpose, who), _instant(since)
    with _log() as (_, conn):
        number, drawn = review.draw(conn, reader, count, datetime.now(UTC), of_role=of_role, since=first, seed=seed)
        found = log.accesses_numbered(conn, drawn.numbers)
    write_rows((*Access._fields, "persons"), [(*access, list(map(show_id, ids))) for access, ids in found], form)
    print(
        f"sample {number}: {len(drawn.numbers)} of {drawn.out_of} accesses; when you have gone through them:"
        f" vaxreg access reviewed {number} --role {role} --finding ...",
        file=sys.stderr,
    )


def record_review(number: int, finding: str, role: str, purpose: str, who: str) -> None:
    """Keep what a review found."""
    reader = allowed(review.REVIEWED, role, purpose, who)
    with _log() as (_, conn):
        kept = review.reviewed(conn, reader, number, finding, datetime.now(UTC))
    print(f"kept as {kept}")


def list_samples(form: Format, role: str, purpose: str) -> None:
    """Print samples, each once for every review of it."""
    allowed(review.REVIEWED, role, purpose)
    columns = ("sample", "drawn_at", "drawn_by", "accesses", "reviewed_at", "reviewed_by", "finding")
    with _log() as (_, conn):
        done: dict[int, list[AccessesReviewed]] = {}
        for _, review_of in log.reviews(conn):
            done.setdefault(review_of.sample, []).append(review_of)
        rows = [
            (number, fact.at, fact.who, len(fact.accesses), *_review(one))
            for number, fact in log.samples(conn)
            for one in done.get(number, [None])
        ]
    write_rows(columns, rows, form)


def list_alarms(form: Format, role: str, purpose: str, since: str) -> None:
    """Print the readings that set alarms off."""
    allowed("alarms", role, purpose)
    first = _instant(since)
    with _log() as (_, conn):
        rows = [(show_id(alarm.person_id), _grade(alarm), *access) for alarm, access in log.alarms(conn, first)]
    write_rows(("person", "grade", *Access._fields), rows, form)


def _grade(alarm: ProtectedRecordRead) -> str:
    return alarm.grade if alarm.grade == ENDED else protection_code(alarm.grade)


def _review(fact: AccessesReviewed | None) -> tuple[Any, ...]:
    return (None, None, None) if fact is None else (fact.at, fact.who, fact.finding)


def _instant(since: str) -> datetime | None:
    first = day("--since", since or None)
    return None if first is None else datetime.combine(first, time(), SWEDEN)


@contextmanager
def _log() -> Iterator[tuple[Settings, Connection[Any]]]:
    with register() as settings:
        create_tables(settings.database_url)
        with psycopg.connect(settings.database_url, autocommit=True) as conn:
            yield settings, conn
