"""Doses of identities that are no personal number, in the order in which they are looked through for candidates.

There are few of them among all doses, and only from them is a pair begun: so that a page of candidates neither sorts
them nor reads the doses of everybody else. A withdrawn dose keeps its row, without content, as in the table `doses`.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl
from psycopg import Connection

from projections.projection import Batch
from register.definitions import UNKNOWN, products

# Batches in the order of their letters' numbers, as Python has them, whatever the language of the database.
TABLE = """
CREATE TABLE other_doses (
    person_id bigint NOT NULL,
    dose_id bigint NOT NULL,
    version bigint NOT NULL,
    given_on date,
    product smallint,
    batch text COLLATE "C"
);
"""
INDEXES = """
ALTER TABLE other_doses ADD PRIMARY KEY (person_id, dose_id);
CREATE INDEX other_doses_given ON other_doses (given_on, product, batch) WHERE batch <> '';
"""
WRITE = """
INSERT INTO other_doses AS held SELECT * FROM pg_temp.told ORDER BY person_id, dose_id
ON CONFLICT (person_id, dose_id) DO UPDATE SET
    version = excluded.version, given_on = excluded.given_on, product = excluded.product, batch = excluded.batch
WHERE excluded.version > held.version
"""

_DOSE = ("person_id", "dose_id", "version")
_TRUE_DOSES = ("DoseRecorded.v1", "DoseCorrected.v1", "DoseReinstated.v1")
WITHDRAWN = "DoseWithdrawn.v1"
READS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_TRUE_DOSES, (*_DOSE, "given_on", "product", "batch")),
    WITHDRAWN: _DOSE,
}
_SCHEMA = {**dict.fromkeys(_DOSE, pl.Int64), "given_on": pl.Date, "product": pl.Int16, "batch": pl.String}
_NUMBERS = {product.name: product.number for product in products()}


def last_told(batch: Batch, *, of: pl.DataFrame | None = None) -> pl.DataFrame:
    """What a batch says last of each dose, of these persons alone if some are given."""
    told = [
        _shaped(frame if of is None else frame.join(of, on="person_id", how="semi"), name)
        for name in READS
        if (frame := batch.frames.get(name)) is not None
    ]
    if not told:
        return pl.DataFrame(schema=_SCHEMA)
    return pl.concat(told).sort(*_DOSE).unique(_DOSE[:2], keep="last", maintain_order=True)


def _shaped(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    if name == WITHDRAWN:
        frame = frame.with_columns(pl.lit(None, _SCHEMA[column]).alias(column) for column in _SCHEMA.keys() - _DOSE)
    else:
        number = pl.col("product").replace_strict(_NUMBERS, default=UNKNOWN, return_dtype=pl.Int16)
        frame = frame.with_columns(number.alias("product"))
    return frame.select(pl.col(column).cast(kind) for column, kind in _SCHEMA.items())


def others_among(conn: Connection[Any], persons: pl.DataFrame) -> pl.DataFrame:
    """Those of these persons who are known to be no personal number."""
    if persons.is_empty():
        return pl.DataFrame(schema={"person_id": pl.Int64})
    asked = persons["person_id"].sort().to_list()
    rows = conn.execute("SELECT person_id FROM other_identities WHERE person_id = ANY(%s)", [asked], binary=True)
    return pl.DataFrame({"person_id": [one for (one,) in rows]}, schema={"person_id": pl.Int64})
