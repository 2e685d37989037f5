"""Made-up people: nobody real, every published margin met, and the same people from the same seed."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from connectors.demo.comparison import Comparison, Sheet, compare, cumulative
from connectors.demo.figures import LAST_WEEK, published
from connectors.demo.files import identities_file, persons_file, population_file, submit_file
from connectors.demo.numbers import RESERVE_ROOT
from connectors.demo.people import PERSONAL, RESERVE, Played, people
from connectors.demo.plan import birth_years
from register.areas import NATION
from register.identities.number import PERSONAL_ROOT, Identity, parse_identity

HOME = "24"


@pytest.fixture(scope="module")
def home() -> Played:
    return people([HOME])


@pytest.fixture(scope="module")
def nation() -> Played:
    return people(None)


def counted(played: Played) -> dict[Sheet, pl.DataFrame]:
    """The answers of a coverage query that counts every person and dose once."""
    given = played.doses.select("person", "given_on", pl.col("dose_number").alias("dose")).join(
        played.persons, on="person"
    )
    given = given.with_columns(
        (pl.col("given_on").dt.iso_year() * 100 + pl.col("given_on").dt.week()).cast(pl.Int64).alias("week"),
        age_group("birth_year"),
    )
    both = pl.concat([given.with_columns(area.alias("area")) for area in (pl.col("region"), pl.lit(NATION))])
    figures = published()

    def persons(frame: pl.DataFrame, *keys: str) -> pl.DataFrame:
        return frame.group_by(*keys).agg(pl.len().cast(pl.Int64).alias("persons"))

    by_week = persons(both, "area", "week", "dose")
    doses = by_week.group_by("area", "week").agg(pl.col("persons").sum().alias("doses"))
    by_municipality = given.rename({"municipality": "area"})
    return {
        "doses by week": cumulative(doses, figures, "doses"),
        "persons by week": cumulative(by_week, figures, "persons"),
        "age": persons(both, "area", "age_group", "dose"),
        "sex": persons(given, "sex", "dose"),
        "municipality": persons(by_municipality, "area", "dose"),
        "municipality and age": persons(by_municipality, "area", "age_group", "dose"),
    }


def age_group(birth_year: str) -> pl.Expr:
    """The published age group, age being locked at the end of 2020."""
    age = 2020 - pl.col(birth_year)
    tens = (age // 10 * 10).cast(pl.String)
    return (
        pl.when(age >= 90)
        .then(pl.lit("90-"))
        .when(age < 30)
        .then(pl.lit("18-29"))
        .otherwise(pl.format("{}-{}", tens, (age // 10 * 10 + 9).cast(pl.String)))
        .alias("age_group")
    )


def unequal(comparison: Comparison) -> pl.DataFrame:
    return comparison.cells.filter(pl.col("difference") != 0)


def test_one_region_equals_what_was_published_cell_by_cell(home: Played) -> None:
    rows = counted(home)
    del rows["sex"]  # published for the nation only
    comparison = compare(published(), rows, [HOME])
    assert comparison.cells["published"].sum() > 0
    assert comparison.summary.select("sheet", "cells", "equal").rows() == [
        ("age", 16, 16),
        ("doses by week", 16, 16),
        ("municipality", 30, 30),
        ("municipality and age", 240, 240),
        ("persons by week", 32, 32),
    ]


def test_the_nation_equals_what_was_published_cell_by_cell(nation: Played) -> None:
    comparison = compare(published(), counted(nation))
    known = unequal(comparison).filter(pl.col("published") > 0)
    assert known.is_empty(), known
    assert comparison.unexplained == 0
    # What the sheets by age, sex and municipality do not have is in a bucket of its own, and said to be so.
    buckets = unequal(comparison).filter(pl.col("area") == "25", pl.col("dose") == 1)
    assert set(buckets["register"]) == {12}
    assert all("only the region is known" in why for why in buckets["why"])


def test_a_wrong_count_is_not_explained_away(home: Played) -> None:
    rows = counted(home)
    rows["age"] = rows["age"].with_columns(pl.col("persons") + 1)
    comparison = compare(published(), rows, [HOME])
    assert comparison.unexplained == 16
    missing: dict[Sheet, pl.DataFrame] = {"age": rows["age"].head(0)}
    assert compare(published(), missing, [HOME]).unexplained == 16


def test_doses_dated_after_the_figures_explain_what_a_query_up_to_week_14_lacks() -> None:
    played = people(["05"])
    late = played.doses.filter(pl.col("given_on") > date(2021, 4, 11))
    assert late.height == 2
    within = Played(
        played.persons,
        played.doses.join(late.select("reference"), on="reference", how="anti"),
        played.differences,
        played.short_intervals,
    )
    rows = counted(within)
    comparison = compare(published(), {"municipality": rows["municipality"], "age": rows["age"]}, ["05"])
    assert comparison.unexplained == 0
    assert comparison.summary["explained"].sum() >= 2


def test_the_register_reads_every_number_and_all_are_of_the_series_for_tests(home: Played) -> None:
    today = date(2021, 4, 15)
    columns = ("id_root", "id_value", "birth_date", "sex")
    for root, value, birth_date, sex in home.persons.select(columns).head(5_000).iter_rows():
        identity = parse_identity(root, value, today=today)
        assert isinstance(identity, Identity)
        assert (identity.root, identity.birth_date, identity.sex) == (PERSONAL_ROOT, birth_date, sex)


def test_no_number_can_belong_to_a_real_person(nation: Played) -> None:
    personal = nation.persons.filter(pl.col("id_type") == PERSONAL)
    birth_numbers = personal["id_value"].str.slice(8, 3).cast(pl.Int64)
    assert birth_numbers.is_between(980, 999).all()
    assert (personal["id_value"].str.len_chars() == 12).all()
    assert (personal["id_value"].str.head(8) == personal["birth_date"].dt.strftime("%Y%m%d")).all()
    assert ((birth_numbers % 2 == 1) == (personal["sex"] == "M")).all()
    assert (modulus_10(personal["id_value"]) == 0).all()
    reserve = nation.persons.filter(pl.col("id_type") == RESERVE)
    assert (reserve["id_root"] == RESERVE_ROOT).all()
    assert reserve["id_value"].str.contains(r"^D\d{8}$").all()
    assert reserve["birth_date"].is_null().all()
    assert nation.persons["id_value"].is_unique().all()


def modulus_10(numbers: pl.Series) -> np.ndarray:
    total = np.zeros(len(numbers), np.int64)
    for place in range(10):
        digit = numbers.str.slice(2 + place, 1).cast(pl.Int64).to_numpy() * (2 - place % 2)
        total += digit // 10 + digit % 10
    return np.asarray(total % 10)


def test_everybody_is_in_one_age_group_by_both_definitions_of_age(nation: Played) -> None:
    years = nation.persons["birth_year"].drop_nulls()
    assert (years.min(), years.max()) == (1916, 2002)
    borders = {group: (birth_years(group).start, birth_years(group).stop - 1) for group in ("18-29", "30-39", "90-")}
    assert borders == {"18-29": (1992, 2002), "30-39": (1982, 1990), "90-": (1916, 1930)}


def test_references_are_unique_and_doses_are_reported_once_given(nation: Played) -> None:
    assert nation.doses["reference"].is_unique().all()
    assert (nation.doses["reported_at"].dt.date() >= nation.doses["given_on"]).all()
    assert nation.doses["reported_at"].dt.date().max() == date(2021, 4, 14)
    assert nation.doses["given_on"].min() == date(2020, 12, 27)


def test_second_doses_keep_the_product_and_its_interval(home: Played) -> None:
    assert home.short_intervals.is_empty()
    twice = home.doses.filter(dose_number=2).join(home.doses.filter(dose_number=1), on="person", suffix="_1")
    assert (twice["product"] == twice["product_1"]).all()
    days = (twice["given_on"] - twice["given_on_1"]).dt.total_days()
    assert (days >= 19).all()
    assert (days.filter(twice["product"] == "Spikevax") >= 28).all()
    assert "Vaxzevria" not in twice["product"].to_list()


def test_intervals_are_short_only_where_the_published_weeks_leave_no_other_choice(nation: Played) -> None:
    """By the end of a week no more second doses can keep 19 days than there were first doses two weeks before it.

    The first of these weeks had only its Sunday, so nobody's second dose was due in the third.
    """
    weeks = published().persons_by_week.filter(pl.col("region") != NATION)
    forced = {}
    for (region,), frame in weeks.group_by("region"):
        upto = {dose: frame.filter(dose=dose).sort("week")["persons"].to_list() for dose in (1, 2)}
        in_time = [0, 0, 0, *upto[1][1:14]]
        lacking = max(second - first for second, first in zip(upto[2], in_time, strict=True))
        if lacking > 0:
            forced[region] = lacking
    assert dict(nation.short_intervals.select("region", "people").iter_rows()) == forced
    assert sum(forced.values()) == 160


def test_nobody_has_two_doses_on_one_day_or_the_second_first(nation: Played) -> None:
    twice = nation.doses.filter(dose_number=2).join(nation.doses.filter(dose_number=1), on="person", suffix="_1")
    assert (twice["given_on"] > twice["given_on_1"]).all()
    assert (nation.doses.filter(pl.col("given_on") > date(2021, 4, 11))["dose_number"] == 1).all()


def test_vaxzevria_was_not_given_while_it_was_stopped(nation: Played) -> None:
    weeks = nation.doses.filter(product="Vaxzevria").select(
        (pl.col("given_on").dt.iso_year() * 100 + pl.col("given_on").dt.week()).alias("week")
    )["week"]
    assert set(weeks) <= {*range(202106, 202111), *range(202112, LAST_WEEK + 2)}


def test_the_same_seed_plays_the_same_people_alone_or_with_others(home: Played, nation: Played) -> None:
    again = people([HOME])
    assert_frame_equal(again.doses, home.doses)
    among_all = nation.persons.filter(region=HOME).drop("person")
    assert_frame_equal(among_all, home.persons.drop("person"))
    assert_frame_equal(nation.doses.filter(region=HOME).drop("person"), home.doses.drop("person"))


def test_another_seed_plays_other_people() -> None:
    assert not people([HOME], seed=7).doses.equals(people([HOME]).doses)


def test_the_files_have_the_columns_of_their_formats(home: Played) -> None:
    assert ";".join(submit_file(home).columns) == (
        "systemName;dateTimeCreated;uniqueReference;patientId;patientIdType;NPLId;patientIdRoot;vaccineName;"
        "batchNumber;vaccinationDate;doseNumber;disease;careProvider;careUnit;careUnitMunicipality;setting;campaign;"
        "nullified;nullifiedReason"
    )
    assert ";".join(persons_file(home).columns) == (
        "patientIdType;patientIdRoot;patientId;event;date;birthDate;birthYear;sex;municipality;deso;protection"
    )
    assert ";".join(identities_file(home).columns) == (
        "systemName;dateTimeCreated;uniqueReference;patientIdRoot;patientId;region;birthDate;birthYear;sex;evidence;"
        "registeredBy;date;nullified;nullifiedReason"
    )
    assert ";".join(population_file().columns) == "vintage;municipality;deso;birthYear;sex;count"
    assert submit_file(home).height == 60_939
    assert persons_file(home).height == 43_344
    assert submit_file(home).null_count().sum_horizontal().item() == 0


def test_reserve_numbers_are_registered_before_they_are_used() -> None:
    played = people(["25"])
    reserve = submit_file(played).filter(patientIdType="2")
    assert (reserve["patientIdRoot"] == RESERVE_ROOT).all()
    identities = identities_file(played)
    assert set(reserve["patientId"]) == set(identities["patientId"])
    assert identities["dateTimeCreated"].max() < reserve["dateTimeCreated"].min()  # type: ignore[operator]
    assert (persons_file(played).filter(municipality="25").height, identities.filter(sex="").height) == (12, 12)
