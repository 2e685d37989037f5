"""The smallest real projection: how many facts each person has, and how many facts there are of each kind."""

from collections.abc import Mapping

import polars as pl
from psycopg import Connection

from projections.fill import copy_into
from projections.projection import Batch

KINDS = ("PersonRegistered.v1", "PersonMoved.v1", "PersonDied.v1", "DoseRecorded.v1")


class FactCounts:
    """Per person by version, so that repeats change nothing; per kind blindly, so that a double count shows."""

    name = "fact counts"

    def __init__(self, *topics: str) -> None:
        self.topics = topics
        self.reads = dict.fromkeys(KINDS, ("person_id", "version"))

    def create_tables(self, conn: Connection) -> None:
        conn.execute("CREATE TABLE fact_counts (person_id bigint, facts int NOT NULL, last_version bigint NOT NULL)")
        conn.execute("CREATE TABLE kinds (kind text, facts bigint NOT NULL)")

    def create_indexes(self, conn: Connection) -> None:
        conn.execute("ALTER TABLE fact_counts ADD PRIMARY KEY (person_id)")
        conn.execute("ALTER TABLE kinds ADD PRIMARY KEY (kind)")

    def project(self, conn: Connection, batch: Batch) -> None:
        conn.execute("CREATE TEMP TABLE new_facts (person_id bigint, version bigint) ON COMMIT DROP")
        copy_into(conn, "new_facts", _people(batch))
        conn.execute("""
            INSERT INTO fact_counts AS kept
            SELECT person_id, count(DISTINCT version), max(version)
            FROM new_facts LEFT JOIN fact_counts USING (person_id)
            WHERE version > coalesce(last_version, 0) GROUP BY person_id ORDER BY person_id
            ON CONFLICT (person_id) DO UPDATE
            SET facts = kept.facts + excluded.facts, last_version = excluded.last_version""")
        conn.execute("DROP TABLE new_facts")
        for kind, frame in sorted(batch.frames.items()):
            conn.execute(
                "INSERT INTO kinds AS kept VALUES (%s, %s)"
                " ON CONFLICT (kind) DO UPDATE SET facts = kept.facts + excluded.facts",
                (kind, frame.height),
            )

    def rebuild(self, conn: Connection, batch: Batch) -> None:
        by_person = _people(batch).group_by("person_id")
        counts = by_person.agg(facts=pl.col("version").n_unique(), last_version=pl.col("version").max())
        copy_into(conn, "fact_counts", counts)
        kinds = {"kind": list(batch.frames), "facts": [frame.height for frame in batch.frames.values()]}
        copy_into(conn, "kinds", pl.DataFrame(kinds, schema={"kind": pl.String, "facts": pl.Int64}))

    def tables(self) -> Mapping[str, str]:
        return {
            "fact_counts": "SELECT person_id, facts, last_version FROM fact_counts",
            "kinds": "SELECT kind, facts FROM kinds",
        }

    def answers(self) -> Mapping[str, str]:
        return self.tables()


def _people(batch: Batch) -> pl.DataFrame:
    empty = pl.DataFrame(schema={"person_id": pl.Int64, "version": pl.Int64})
    return pl.concat([empty, *(frame.select("person_id", "version") for frame in batch.frames.values())])
