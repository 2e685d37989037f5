"""The projection `links`: what was last said of each pair of identities; and identities that are no personal number.

A fact about a pair stands in the history of both, and of those who keep their doses: the copy in the history of the
lower id is the one that counts, so that all words on a pair have one order and lie on one partition.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl
from psycopg import Connection

from projections.fill import copy_into
from projections.links import other_doses
from projections.projection import Batch
from register.topics import PEOPLE

TABLES = f"""
CREATE TABLE identity_pairs (low bigint NOT NULL, high bigint NOT NULL, version bigint NOT NULL, state text NOT NULL);
CREATE TABLE other_identities (person_id bigint NOT NULL, kind text NOT NULL);
{other_doses.TABLE}
"""
INDEXES = f"""
ALTER TABLE identity_pairs ADD PRIMARY KEY (low, high);
CREATE INDEX identity_pairs_of_high ON identity_pairs (high);
ALTER TABLE other_identities ADD PRIMARY KEY (person_id);
{other_doses.INDEXES}
"""
HELD = {table: f"SELECT * FROM {table}" for table in ("identity_pairs", "other_identities", "other_doses")}
ANSWERS = {
    "identity_pairs": "SELECT low, high, state FROM identity_pairs WHERE state <> 'unlinked'",
    "other_identities": "SELECT * FROM other_identities",
    "other_doses": "SELECT person_id, dose_id, given_on, product, batch FROM other_doses WHERE given_on IS NOT NULL",
}

STATES = {"IdentitiesLinked.v1": "linked", "IdentitiesUnlinked.v1": "unlinked", "IdentitiesToldApart.v1": "apart"}
IDENTIFIED = "PersonIdentified.v1"
PERSONAL = "personal"
_KEY = ("low", "high")

_WRITE_PAIRS = """
INSERT INTO identity_pairs AS held SELECT * FROM pg_temp.told ORDER BY low, high
ON CONFLICT (low, high) DO UPDATE SET version = excluded.version, state = excluded.state
WHERE excluded.version > held.version
"""
_WRITE_OTHERS = "INSERT INTO other_identities SELECT * FROM pg_temp.told ORDER BY person_id ON CONFLICT DO NOTHING"


class Links:
    """Pairs of identities that were linked, unlinked or told apart, and what may be found to be such a pair."""

    name = "links"
    topics: tuple[str, ...] = (PEOPLE,)
    reads: Mapping[str, tuple[str, ...]] = {
        **dict.fromkeys(STATES, ("person_id", "version", "kept", "absorbed")),
        IDENTIFIED: ("person_id", "identity_kind"),
        **other_doses.READS,
    }

    def create_tables(self, conn: Connection[Any]) -> None:
        """Empty tables, without what slows a first filling down."""
        conn.execute(TABLES)

    def create_indexes(self, conn: Connection[Any]) -> None:
        """The keys, pairs by their other half, and doses in the order in which they are looked through."""
        conn.execute(INDEXES)

    def project(self, conn: Connection[Any], batch: Batch) -> None:
        """Write what a round says last of each pair and dose. Facts seen before change nothing."""
        _put(conn, "identity_pairs", last_words(batch), _WRITE_PAIRS)
        others = not_personal(batch)
        _put(conn, "other_identities", others, _WRITE_OTHERS)
        doses = other_doses.last_told(batch)
        known = identified(batch)
        asked = doses.select("person_id").unique().join(known, on="person_id", how="anti")
        others = pl.concat([others.select("person_id"), other_doses.others_among(conn, asked)])
        _put(conn, "other_doses", doses.join(others, on="person_id", how="semi"), other_doses.WRITE)

    def rebuild(self, conn: Connection[Any], batch: Batch) -> None:
        """Fill the empty tables from every fact there is; the same rows as `project` would leave."""
        others = not_personal(batch)
        copy_into(conn, "identity_pairs", last_words(batch))
        copy_into(conn, "other_identities", others)
        copy_into(conn, "other_doses", other_doses.last_told(batch, of=others))

    def tables(self) -> Mapping[str, str]:
        """What live and rebuilt must agree on."""
        return HELD

    def answers(self) -> Mapping[str, str]:
        """The pairs that stand; one that was unlinked is as if nothing had been said."""
        return ANSWERS


def _put(conn: Connection[Any], table: str, rows: pl.DataFrame, statement: str) -> None:
    """Rows into a table by way of one like it."""
    if not rows.is_empty():
        conn.execute(f"CREATE TEMP TABLE told (LIKE {table}) ON COMMIT DROP")
        copy_into(conn, "told", rows)
        conn.execute(statement)
        conn.execute("DROP TABLE pg_temp.told")


def last_words(batch: Batch) -> pl.DataFrame:
    """The last word of a batch on each pair."""
    low, high = pl.min_horizontal("kept", "absorbed"), pl.max_horizontal("kept", "absorbed")
    said = [
        batch.frames[name]
        .filter(pl.col("person_id") == low)
        .select("version", low=low, high=high, state=pl.lit(state))
        .select(*_KEY, "version", "state")
        for name, state in STATES.items()
        if name in batch.frames
    ]
    if not said:
        return pl.DataFrame()
    return pl.concat(said).sort(*_KEY, "version").unique(_KEY, keep="last", maintain_order=True)


def identified(batch: Batch) -> pl.DataFrame:
    """Whose first fact is in a batch."""
    if IDENTIFIED not in batch.frames:
        return pl.DataFrame(schema={"person_id": pl.Int64})
    return batch.frames[IDENTIFIED].select("person_id")


def not_personal(batch: Batch) -> pl.DataFrame:
    """Identities that are no personal identity number, and what they are."""
    if IDENTIFIED not in batch.frames:
        return pl.DataFrame(schema={"person_id": pl.Int64, "kind": pl.String})
    others = batch.frames[IDENTIFIED].filter(pl.col("identity_kind") != PERSONAL)
    return others.select("person_id", kind="identity_kind").unique("person_id").sort("person_id")
