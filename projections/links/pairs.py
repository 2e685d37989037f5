"""The projection `links`: what was last said of each pair of identities; and identities that are no personal number.

A fact about a pair stands in the history of both, and of those who keep their doses: the copy in the history of the
lower id is the one that counts, so that all words on a pair have one order and lie on one partition.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import polars as pl
from psycopg import Connection

from projections.fill import copy_into
from projections.projection import Batch
from register.topics import PEOPLE

TABLES = """
CREATE TABLE identity_pairs (
    low bigint NOT NULL,
    high bigint NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL,
    kept bigint NOT NULL,
    absorbed bigint NOT NULL,
    reason text NOT NULL,
    evidence text NOT NULL,
    "by" text NOT NULL,
    sender text NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE TABLE other_identities (person_id bigint NOT NULL, kind text NOT NULL);
"""
INDEXES = """
ALTER TABLE identity_pairs ADD PRIMARY KEY (low, high);
CREATE INDEX identity_pairs_of_high ON identity_pairs (high);
ALTER TABLE other_identities ADD PRIMARY KEY (person_id);
"""
HELD = {"identity_pairs": "SELECT * FROM identity_pairs", "other_identities": "SELECT * FROM other_identities"}
ANSWERS = {
    "identity_pairs": "SELECT low, high, state FROM identity_pairs WHERE state <> 'unlinked'",
    "other_identities": "SELECT * FROM other_identities",
}

STATES = {"IdentitiesLinked.v1": "linked", "IdentitiesUnlinked.v1": "unlinked", "IdentitiesToldApart.v1": "apart"}
IDENTIFIED = "PersonIdentified.v1"
PERSONAL = "personal"
_SAID = ("person_id", "version", "recorded_at", "kept", "absorbed", "evidence", "by", "sender")
_COLUMNS = ("low", "high", "version", "state", "kept", "absorbed", "reason", *_SAID[5:], "recorded_at")
_KEY = ("low", "high")

_WRITE_PAIRS = f"""
INSERT INTO identity_pairs AS held SELECT * FROM pg_temp.pairs_told ORDER BY low, high
ON CONFLICT (low, high) DO UPDATE SET
    {", ".join(f'"{name}" = excluded."{name}"' for name in _COLUMNS if name not in _KEY)}
WHERE excluded.version > held.version
"""
_WRITE_OTHERS = """
INSERT INTO other_identities SELECT * FROM pg_temp.others_told ORDER BY person_id ON CONFLICT DO NOTHING
"""


class Said(NamedTuple):
    """The last word on two identities, in the order of their ids."""

    low: int
    high: int
    state: str


class Links:
    """Pairs of identities that were linked, unlinked or told apart."""

    name = "links"
    topics: tuple[str, ...] = (PEOPLE,)
    reads: Mapping[str, tuple[str, ...]] = {
        **dict.fromkeys(STATES, _SAID),
        "IdentitiesLinked.v1": (*_SAID, "reason"),
        IDENTIFIED: ("person_id", "identity_kind"),
    }

    def create_tables(self, conn: Connection[Any]) -> None:
        """Empty tables, without what slows a first filling down."""
        conn.execute(TABLES)

    def create_indexes(self, conn: Connection[Any]) -> None:
        """The keys, and pairs by their other half."""
        conn.execute(INDEXES)

    def project(self, conn: Connection[Any], batch: Batch) -> None:
        """Write what a round says last of each pair. Facts seen before change nothing."""
        told = ("identity_pairs", "pairs_told", last_words(batch), _WRITE_PAIRS)
        others = ("other_identities", "others_told", not_personal(batch), _WRITE_OTHERS)
        for table, staged, rows, statement in (told, others):
            if not rows.is_empty():
                conn.execute(f"CREATE TEMP TABLE {staged} (LIKE {table}) ON COMMIT DROP")
                copy_into(conn, staged, rows)
                conn.execute(statement)
                conn.execute(f"DROP TABLE pg_temp.{staged}")

    def rebuild(self, conn: Connection[Any], batch: Batch) -> None:
        """Fill the empty tables from every fact there is; the same rows as `project` would leave."""
        copy_into(conn, "identity_pairs", last_words(batch))
        copy_into(conn, "other_identities", not_personal(batch))

    def tables(self) -> Mapping[str, str]:
        """What live and rebuilt must agree on."""
        return HELD

    def answers(self) -> Mapping[str, str]:
        """The pairs that stand; one that was unlinked is as if nothing had been said."""
        return ANSWERS


def last_words(batch: Batch) -> pl.DataFrame:
    """The last word of a batch on each pair."""
    low, high = pl.min_horizontal("kept", "absorbed"), pl.max_horizontal("kept", "absorbed")
    said = [
        batch.frames[name]
        .filter(pl.col("person_id") == low)
        .with_columns(low=low, high=high, state=pl.lit(state), **_reason(name))
        .select(_COLUMNS)
        for name, state in STATES.items()
        if name in batch.frames
    ]
    if not said:
        return pl.DataFrame()
    return pl.concat(said).sort(*_KEY, "version").unique(_KEY, keep="last", maintain_order=True)


def _reason(name: str) -> dict[str, pl.Expr]:
    return {} if name == "IdentitiesLinked.v1" else {"reason": pl.lit("")}


def not_personal(batch: Batch) -> pl.DataFrame:
    """Identities that are no personal identity number, and what they are."""
    if IDENTIFIED not in batch.frames:
        return pl.DataFrame()
    others = batch.frames[IDENTIFIED].filter(pl.col("identity_kind") != PERSONAL)
    return others.select("person_id", kind="identity_kind").unique("person_id").sort("person_id")
