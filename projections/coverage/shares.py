"""The population that an answer's rows are shares of, from one vintage."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import polars as pl
from psycopg import Connection

from projections.coverage.ages import Groups
from projections.coverage.question import LEVELS, AgeBand, CoverageQuestion, Level
from projections.population import vintage_for
from register.areas import NATION, municipalities, region_names

POPULATION = {"area": pl.String, "age": pl.String, "sex": pl.String, "population": pl.Int64}
NO_POPULATION = "No population has been loaded: there are no shares."

_AREA = {"nation": "'00'", "region": "left(municipality, 2)", "municipality": "municipality", "deso": "deso"}
_ROWS_OF = {
    "nation": "municipality = '' AND deso = ''",
    "region": "length(municipality) = 2 AND deso = ''",
    "municipality": "length(municipality) = 4 AND deso = ''",
    "deso": "deso <> ''",
}


class Denominators(NamedTuple):
    """People per area, age group and sex (`age` and `sex` empty where rows are not by them); notes for the reader.

    `by_birth_year`: people of the same birth years as those counted, else of the same ages at the vintage's year end.
    """

    people: pl.DataFrame
    vintage: Any
    notes: tuple[str, ...]
    by_birth_year: bool = False


def denominators(conn: Connection[Any], question: CoverageQuestion, groups: Groups) -> Denominators:
    """Population of every area of the question's level, from its own rows, or summed from those of all its parts.

    DeSOs are never summed: the register has no list of them, so nobody could say whether one is missing.
    """
    none = pl.DataFrame(schema=POPULATION)
    vintage = vintage_for(conn, question.given_to)
    if vintage is None:
        return Denominators(none, None, (NO_POPULATION,))
    notes: dict[str, None] = {}
    none_by_birth_year = False
    for source in LEVELS[LEVELS.index(question.level) :]:
        if source == "deso" != question.level:
            continue
        whole, note = _whole(conn, question, source, vintage)
        rows = _rows(conn, question.level, source, vintage).filter(pl.col("area").is_in(whole))
        notes |= dict.fromkeys(note)
        if rows.is_empty():
            continue
        people, missing, by_birth_year = _formed(rows, question, groups, vintage.year)
        if not missing:
            return Denominators(people, vintage, note, by_birth_year)
        notes |= dict.fromkeys(missing)
        if none.is_empty():
            none, none_by_birth_year = people, by_birth_year
    notes = notes or {f"The population of {vintage} has no {question.level}.": None}
    return Denominators(none, vintage, tuple(notes), none_by_birth_year)


def _whole(
    conn: Connection[Any], question: CoverageQuestion, source: Level, vintage: Any
) -> tuple[list[str], tuple[str, ...]]:
    """Areas of which the vintage holds every part of the source's level, and a note on those that lack some."""
    found: dict[str, set[str]] = {}
    for area, part in conn.execute(
        f"SELECT DISTINCT {_AREA[question.level]}, municipality FROM reference.population"
        f" WHERE vintage = %s AND {_ROWS_OF[source]}",
        [vintage],
    ):
        found.setdefault(area, set()).add(part)
    if source == question.level:
        return list(found), ()
    parts = region_names() if source == "region" else municipalities()
    needed = {area: {part for part in parts if area == NATION or part.startswith(area)} for area in found}
    whole = [area for area, has in found.items() if has >= needed[area]]
    asked = [area for area in found if not question.area or area == question.area[:2]]
    lacking = sorted(set(asked) - set(whole))
    if not lacking:
        return whole, ()
    which = "the nation" if lacking == [NATION] else f"{question.level} {', '.join(lacking)}"
    return whole, (f"No share of {which} from smaller areas: the population of {vintage} lacks some {source}.",)


def _rows(conn: Connection[Any], level: Level, source: Level, vintage: Any) -> pl.DataFrame:
    found = conn.execute(
        f"SELECT {_AREA[level]}, age_from, age_to, sex, sum(count)::bigint, bool_or(birth_year IS NOT NULL)"
        " FROM reference.population"
        f" WHERE vintage = %s AND {_ROWS_OF[source]} GROUP BY 1, 2, 3, 4",
        [vintage],
    ).fetchall()
    schema: dict[str, Any] = {
        "area": pl.String,
        "first": pl.Int64,
        "last": pl.Int64,
        "sex": pl.Int64,
        "population": pl.Int64,
    }
    schema |= {"single_year": pl.Boolean}
    return pl.DataFrame(found, schema=schema, orient="row")


def _formed(
    rows: pl.DataFrame, question: CoverageQuestion, groups: Groups, vintage_year: int
) -> tuple[pl.DataFrame, list[str], bool]:
    """People of the groups that these rows can form, notes on those that they cannot, and whether by birth year."""
    notes = []
    sexes = rows.filter(pl.col("sex").is_not_null())
    if "sex" in question.by and sexes.is_empty():
        return pl.DataFrame(schema=POPULATION), ["The population is not by sex: no shares by sex."], False
    used = rows if sexes.is_empty() else sexes
    by_birth_year = bool(used["single_year"].any())
    # The vintage's ages as they are in the question's year, so that both sides are the same birth years. Who was born
    # since is not in the vintage.
    later = question.age_year - vintage_year if by_birth_year else 0
    used = used.with_columns((pl.col("first", "last") + later).clip(lower_bound=0))
    bands = _smallest({AgeBand(first, last) for first, last in used.select("first", "last").iter_rows()})
    sex = pl.col("sex").replace_strict({1: "M", 2: "F"}, return_dtype=pl.String) if "sex" in question.by else pl.lit("")
    found = [pl.DataFrame(schema=POPULATION)]
    for label, wanted in groups.items():
        parts = _parts(bands, wanted, max(0, later))
        if parts is None:
            notes.append(f"The population's age groups cannot form {label or 'all ages'}: no share.")
            continue
        keys = pl.DataFrame(parts, schema={"first": pl.Int64, "last": pl.Int64}, orient="row")
        theirs = used.with_columns(sex=sex).join(keys, on=["first", "last"], how="semi", nulls_equal=True)
        summed = theirs.group_by("area", "sex").agg(pl.sum("population"))
        found.append(summed.select("area", pl.lit(label).alias("age"), "sex", "population"))
    return pl.concat(found), notes, by_birth_year


def _smallest(bands: Iterable[AgeBand]) -> list[AgeBand]:
    """Without bands that hold another: totals beside their parts would count people twice."""
    every = list(bands)
    return [band for band in every if not any(other != band and _within(other, band) for other in every)]


def _parts(bands: list[AgeBand], wanted: Iterable[AgeBand], youngest: int) -> list[AgeBand] | None:
    """The bands that together are the wanted ones; None if some only partly lie in them or reach too short.

    `youngest` is the age of the last who could be in the population at all.
    """
    found: list[AgeBand] = []
    for want in wanted:
        touching = [band for band in bands if _touches(band, want)]
        lows, highs = [band.first for band in bands], [band.last for band in bands]
        reaches = min(lows) <= max(want.first, youngest) and (
            None in highs or want.last is None or max(high for high in highs if high is not None) >= want.last
        )
        if not reaches or not all(_within(band, want) for band in touching):
            return None
        found += touching
    return found


def _within(inner: AgeBand, outer: AgeBand) -> bool:
    high = outer.last is None or (inner.last is not None and inner.last <= outer.last)
    return outer.first <= inner.first and high


def _touches(one: AgeBand, other: AgeBand) -> bool:
    return (other.last is None or one.first <= other.last) and (one.last is None or other.first <= one.last)
