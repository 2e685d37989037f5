"""The figures are the agency's: carried as printed, and consistent except where the agency's own sheets differ."""

import polars as pl
from polars.testing import assert_frame_equal

from connectors.demo.carry_figures import (
    DELIVERIES,
    FIGURES,
    WORKBOOK,
    carried,
    carried_deliveries,
    reference_data,
)
from connectors.demo.figures import AGE_GROUPS, published
from connectors.demo.story import LATE, UNKNOWN, differences
from register.areas import NATION, municipalities, region_code, region_names

LAST = pl.col("week") == 202114


def persons(frame: pl.DataFrame, dose: int, **cell: object) -> int:
    return int(frame.filter(pl.col("dose") == dose, **cell)["persons"].sum())


def test_the_carried_files_are_the_agency_s_workbook_and_table() -> None:
    workbook = reference_data() / WORKBOOK
    if not workbook.exists():
        print(f"not compared with the agency's workbook: {workbook} is not here (VAXREG_REFERENCE_DATA)")
        return
    for name, content in (carried(workbook) | carried_deliveries(reference_data() / DELIVERIES)).items():
        assert (FIGURES / name).read_text(encoding="utf-8") == content, name


def test_the_nation_is_what_was_published() -> None:
    weeks = published().persons_by_week.filter(LAST)
    assert persons(weeks, 1, region=NATION) == 1_519_246
    assert persons(weeks, 2, region=NATION) == 631_489
    assert published().doses_by_week.filter(LAST, region=NATION)["doses"].item() == 1_519_246 + 631_489


def test_vasterbotten_had_reached_one_in_five_adults() -> None:
    """As the region itself wrote on 12 April 2021: 20 % of those from 18."""
    figures = published()
    home = pl.col("municipality").str.starts_with("24")
    adults = figures.population.filter(home)["count"].sum()
    assert round(100 * persons(figures.persons_by_municipality.filter(home), 1) / adults) == 20


def test_regions_sum_to_the_nation_in_every_week_and_age() -> None:
    figures = published()
    for frame, keys in ((figures.persons_by_week, ["week", "dose"]), (figures.persons_by_age, ["age_group", "dose"])):
        nation = frame.filter(pl.col("region") == NATION).drop("region").sort(keys)
        regions = frame.filter(pl.col("region") != NATION).group_by(keys).agg(pl.col("persons").sum()).sort(keys)
        assert_frame_equal(regions, nation.select(regions.columns))


def test_vaccinations_are_first_and_second_doses_and_never_fall() -> None:
    figures = published()
    both = figures.persons_by_week.group_by("region", "week").agg(pl.col("persons").sum().alias("doses"))
    assert_frame_equal(both.sort("region", "week"), figures.doses_by_week.sort("region", "week"))
    new = figures.persons_by_week.sort("week").select(pl.col("persons").diff().over("region", "dose"))
    assert (new["persons"].drop_nulls() >= 0).all()


def test_ages_sum_to_their_municipality_and_municipalities_to_the_region_s_ages() -> None:
    figures = published()
    cells = figures.persons_by_municipality_age
    by_municipality = cells.group_by("municipality", "dose").agg(pl.col("persons").sum())
    assert_frame_equal(by_municipality, figures.persons_by_municipality, check_row_order=False)
    by_age = cells.group_by(pl.col("municipality").str.head(2).alias("region"), "age_group", "dose").agg(
        pl.col("persons").sum()
    )
    regions = figures.persons_by_age.filter(pl.col("region") != NATION)
    assert_frame_equal(by_age, regions, check_row_order=False, check_column_order=False)


def test_sexes_sum_to_the_nation_by_age() -> None:
    figures = published()
    for dose in (1, 2):
        assert persons(figures.persons_by_sex, dose) == persons(figures.persons_by_age, dose, region=NATION)


def test_the_population_by_sex_that_the_shares_imply_sums_to_the_population() -> None:
    figures = published()
    assert figures.population_by_sex["count"].sum() == figures.population["count"].sum() == 8_189_892


def test_fourteen_small_cells_are_solved_from_their_sums() -> None:
    solved = published().solved
    assert solved.filter(sheet="municipality and age").sort("area", "key").rows() == [
        ("municipality and age", "0512", "18-29", 2, 8),
        ("municipality and age", "0512", "30-39", 2, 2),
        ("municipality and age", "1447", "18-29", 2, 4),
        ("municipality and age", "1447", "30-39", 2, 8),
        ("municipality and age", "2518", "18-29", 2, 1),
        ("municipality and age", "2518", "30-39", 2, 4),
    ]
    weeks = solved.filter(sheet="time series")
    assert (weeks.height, weeks["persons"].sum(), weeks["persons"].is_between(1, 4).all()) == (8, 16, True)


def test_the_agency_s_sheets_differ_by_22_persons_in_seven_regions() -> None:
    told = differences(list(region_names()))
    first = told.filter(dose=1)
    assert first["people"].sum() == 22
    assert first["region"].n_unique() == 7
    assert first.filter(played_as=UNKNOWN)["people"].sum() == 20
    assert first.filter(played_as=LATE).select("region", "people").rows() == [("05", 2)]
    assert differences(["24"]).is_empty()


def test_every_published_area_has_a_name() -> None:
    figures = published()
    assert set(figures.persons_by_municipality["municipality"]) == set(municipalities())
    assert set(figures.doses_by_week["region"]) == {NATION, *region_names()}
    assert set(figures.population["age_group"]) == set(AGE_GROUPS)
    assert (len(region_names()), len(municipalities())) == (21, 290)
    assert region_code("Jämtland Härjedalen") == region_code("Jämtland") == "23"
    assert municipalities()["2480"] == "Umeå"
