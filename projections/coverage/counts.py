"""Sums of cells out of PostgreSQL, for the doses, the day known and the areas of a question."""

from datetime import date
from typing import Any

import polars as pl
from psycopg import Connection

from projections.coverage.ages import union
from projections.coverage.causes import CAUSES
from projections.coverage.question import BadQuestion, CoverageQuestion
from register.definitions import disease_named, products

_AREA = {
    "nation": "'00'",
    "region": "lpad((area / 100)::text, 2, '0')",
    "municipality": "lpad(area::text, 4, '0')",
    "deso": """lpad(area::text, 4, '0') || CASE WHEN deso = 0 THEN 'unknown'
        ELSE chr(64 + deso / 10000) || lpad(mod(deso, 10000)::text, 4, '0') END""",
}
_SEX = "CASE sex WHEN 1 THEN 'M' WHEN 2 THEN 'F' ELSE 'unknown' END"
_WEEK = "lpad((week / 100)::text, 4, '0') || '-W' || lpad(mod(week, 100)::text, 2, '0')"
_COLUMNS = {"age": "birth_year", "sex": _SEX, "dose": "dose", "product": "product", "week": _WEEK, "cause": "cause"}
_TYPES = {
    "age": pl.Int64,
    "sex": pl.String,
    "dose": pl.Int64,
    "product": pl.Int64,
    "week": pl.String,
    "cause": pl.Int64,
}


def counts(conn: Connection[Any], question: CoverageQuestion) -> pl.DataFrame:
    """`area`, the columns asked for (`birth_year` for age), `persons` and `doses`, where there is something."""
    table, parameters = _table(conn, question)
    where, more = _where(question)
    persons = "sum(persons)" if "dose" in question.by else "coalesce(sum(persons) FILTER (WHERE dose = %(level)s), 0)"
    columns = [_AREA[question.level], *(_COLUMNS[name] for name in question.by)]
    places = ", ".join(str(place) for place in range(1, len(columns) + 1))
    rows = conn.execute(
        f"SELECT {', '.join(columns)}, {persons}::bigint, sum(doses)::bigint FROM {table}"
        f" WHERE {' AND '.join(where)} GROUP BY {places} HAVING sum(persons) <> 0 OR sum(doses) <> 0",
        {"level": question.at_least, **parameters, **more},
    ).fetchall()
    named = {"birth_year" if name == "age" else name: _TYPES[name] for name in question.by}
    schema = {"area": pl.String, **named, "persons": pl.Int64, "doses": pl.Int64}
    found = pl.DataFrame(rows, schema=schema, orient="row")
    names = {"product": {product.number: product.name for product in products()}, "cause": CAUSES}
    return found.with_columns(
        pl.col(column).replace_strict(names[column], default="unknown", return_dtype=pl.String)
        for column in question.by
        if column in names
    )


def _table(conn: Connection[Any], question: CoverageQuestion) -> tuple[str, dict[str, Any]]:
    """The current cells where nothing became known after the day, else the ledger up to it; by DeSO always that.

    Only the ledger knows what became known since a day, and why.
    """
    asked = {"known_on": question.known_on, "since": question.known_since or date.min}
    if question.of_changes:
        return (
            "(SELECT * FROM coverage_ledger WHERE day_known > %(since)s AND day_known <= %(known_on)s) known",
            asked,
        )
    later = conn.execute("SELECT EXISTS (SELECT FROM coverage_ledger WHERE day_known > %(known_on)s)", asked).fetchone()
    if question.level != "deso" and not (later and later[0]):
        return "coverage", {}
    return "(SELECT * FROM coverage_ledger WHERE day_known <= %(known_on)s) known", asked


def _where(question: CoverageQuestion) -> tuple[list[str], dict[str, Any]]:
    disease = disease_named(question.disease)
    if disease is None:
        raise BadQuestion(f"Unknown disease {question.disease!r}")
    where, values = (
        ["disease = %(disease)s", "week <= %(week)s"],
        {"disease": disease.number, "week": question.last_week},
    )
    if "dose" in question.by:
        where.append("dose >= %(level)s")
    if question.area and question.level != "nation":
        where.append("area / 100 = %(region)s" if len(question.area) == 2 else "area = %(area)s")
        values |= {"region": int(question.area[:2]), "area": int(question.area[:4])}
    if len(question.area) == 9:
        where.append("deso = %(deso)s")
        values |= {"deso": (ord(question.area[4]) - 64) * 10_000 + int(question.area[5:])}
    if question.ages:
        born = [
            f"birth_year BETWEEN {0 if band.last is None else question.age_year - band.last}"
            f" AND {question.age_year - band.first}"
            for band in union(question.ages)
        ]
        known = f"birth_year <> 0 AND ({' OR '.join(born)})"
        where.append(f"(birth_year = 0 OR ({known}))" if "age" in question.by else f"({known})")
    return where, values
