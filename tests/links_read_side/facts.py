"""Facts about pairs of identities as they lie in every history that they concern, and a register to tell them to."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import polars as pl
import psycopg

from projections.links import Links
from projections.people.project import People
from projections.projection import Batch
from tests.coverage.histories import Fact, at, batch, fact

Conn = psycopg.Connection[Any]
DAY = date(2021, 6, 1)
NAMES = {"linked": "IdentitiesLinked.v1", "unlinked": "IdentitiesUnlinked.v1", "apart": "IdentitiesToldApart.v1"}
_TYPES: dict[str, Any] = dict.fromkeys(("person_id", "version", "kept", "absorbed", "dose_id"), pl.Int64)
_TYPES |= {"given_on": pl.Date}


def copies(state: str, kept: int, absorbed: int, version: int, *also: int, **said: Any) -> list[Fact]:
    """The same fact in the history of both, and of those named further; `version` in that of the lower id.

    In the others it has a version that would mislead whoever compared it with that.
    """
    told = {"recorded_at": at(DAY), "kept": kept, "absorbed": absorbed, "evidence": "passport", "by": "unit A"}
    told |= {"sender": "norr"} | ({"reason": "same-person"} if state == "linked" else {}) | said
    low = min(kept, absorbed)
    return [
        (NAMES[state], {"person_id": person, "version": version if person == low else 99 - version, **told})
        for person in sorted({kept, absorbed, *also})
    ]


def identified(person: int, kind: str, **said: Any) -> Fact:
    """The first fact of a person's history."""
    return fact("PersonIdentified.v1", person, 1, DAY, identity_kind=kind, **said)


def dose(person: int, version: int, day: date, **said: Any) -> Fact:
    """A dose recorded on the day it was given."""
    return fact("DoseRecorded.v1", person, version, day, **{"dose_id": person * 100 + version, "batch": "EX1"} | said)


def links_batch(facts: Iterable[Fact]) -> Batch:
    """What the projection of pairs reads of these facts, one frame per schema."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for name, fields in facts:
        if name in Links.reads:
            by_name.setdefault(name, []).append({field: fields[field] for field in Links.reads[name]})
    return Batch(
        {
            name: pl.DataFrame(rows, schema={field: _TYPES.get(field, pl.String) for field in Links.reads[name]})
            for name, rows in by_name.items()
        }
    )


def empty(conn: Conn) -> None:
    """Nothing in the tables of people and of pairs."""
    conn.execute("DROP SCHEMA IF EXISTS live CASCADE; CREATE SCHEMA live; SET search_path = live")
    with conn.transaction():
        for projection in (People(), Links()):
            projection.create_tables(conn)
            projection.create_indexes(conn)


def tell(conn: Conn, facts: Iterable[Fact]) -> None:
    """One round."""
    told = list(facts)
    with conn.transaction():
        People().project(conn, batch(one for one in told if one[0] in People.reads))
        Links().project(conn, links_batch(told))
