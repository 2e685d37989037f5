"""Areas of an answer: which are known, and their names."""

from typing import Any

import polars as pl
from psycopg import Connection

from projections.coverage.question import UNKNOWN, CoverageQuestion
from register.areas import NATION, municipalities, region_names


def known_areas(conn: Connection[Any], question: CoverageQuestion) -> list[str]:
    """Codes of all areas of the question, with the unknown ones: 00 (region), 2400 (municipality), 2480unknown (DeSO).

    DeSOs are those that a population has been loaded of.
    """
    if question.level == "nation":
        return [NATION]
    if question.level == "region":
        every = [*region_names(), NATION]
    elif question.level == "municipality":
        every = [*municipalities(), *(f"{region}00" for region in (*region_names(), NATION))]
    else:
        rows = conn.execute("SELECT DISTINCT deso FROM reference.population WHERE deso <> ''").fetchall()
        places = (*municipalities(), *(f"{region}00" for region in (*region_names(), NATION)))
        every = [*(deso for (deso,) in rows), *(f"{code}{UNKNOWN}" for code in places)]
    return [code for code in every if code.startswith(question.area)]


def named(rows: pl.DataFrame, question: CoverageQuestion) -> pl.DataFrame:
    """Rows with `area_name`: a DeSO has its municipality's name, an area that is not on the list none."""
    codes = rows["area"].unique().to_list()
    names = pl.DataFrame(
        {"area": codes, "area_name": [_name(code, question) for code in codes]},
        schema={"area": pl.String, "area_name": pl.String},
    )
    return rows.join(names, on="area", how="left", maintain_order="left")


def _name(code: str, question: CoverageQuestion) -> str:
    if code == NATION:
        return "Sweden" if question.level == "nation" else "unknown region"
    if code.endswith(UNKNOWN):
        return f"{_known(code[:4]) or 'unknown municipality'}, unknown DeSO"
    return _known(code[:4])


def _known(code: str) -> str:
    if code == "0000":
        return "unknown region"
    if len(code) == 4 and code.endswith("00"):
        return f"{region_names().get(code[:2], '')}, unknown municipality"
    return {**region_names(), **municipalities()}.get(code, "")
