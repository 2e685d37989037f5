"""Questions about coverage, asked of tables that a few histories have filled."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import polars as pl
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections.coverage.query import coverage
from projections.coverage.question import AgeBand, BadQuestion, CoverageQuestion, Level, age_bands
from projections.people.project import People
from projections.population import PopulationRow, load
from register.areas import municipalities, region_names
from tests.coverage.histories import FIRST_DAY, Fact, batch, deliveries, fact, histories
from tests.coverage.oracle import Counts, ledger

Conn = psycopg.Connection[Any]
LEVELS: tuple[Level, ...] = ("nation", "region", "municipality", "deso")
SUNDAY = date(2021, 10, 3)


@pytest.fixture
def register(fresh_database: str) -> Iterator[Conn]:
    with psycopg.connect(fresh_database, autocommit=True) as conn:
        _empty(conn)
        yield conn


def _empty(conn: Conn) -> None:
    conn.execute("DROP SCHEMA IF EXISTS live CASCADE; CREATE SCHEMA live; SET search_path = live")
    with conn.transaction():
        People().create_tables(conn)
        People().create_indexes(conn)
    conn.execute("TRUNCATE reference.population")


def tell(conn: Conn, *facts: Fact) -> None:
    with conn.transaction():
        People().project(conn, batch(facts))


def asked(conn: Conn, **question: Any) -> pl.DataFrame:
    return coverage(conn, CoverageQuestion(**{"given_to": SUNDAY, "known_on": SUNDAY, **question})).rows


def one(rows: pl.DataFrame, **where: Any) -> dict[str, Any]:
    return rows.filter(**where).row(0, named=True)


def doses(person: int, *days: date, **said: Any) -> list[Fact]:
    """A registered person and a dose on each day, each known at once."""
    registered = fact("PersonRegistered.v1", person, 1, FIRST_DAY, **said)
    return [
        registered,
        *(
            fact("DoseRecorded.v1", person, version, day, dose_id=person * 100 + version)
            for version, day in enumerate(days, 2)
        ),
    ]


def test_a_person_with_three_doses_still_has_at_least_two(register: Conn) -> None:
    days = date(2021, 3, 1), date(2021, 4, 1), date(2021, 9, 10)
    tell(register, *doses(1, *days))
    assert [asked(register, at_least=n)["persons"].item() for n in (1, 2, 3, 4)] == [1, 1, 1, 0]
    tell(register, fact("DoseWithdrawn.v1", 1, 5, date(2021, 9, 20), dose_id=104, cause="withdrawn"))
    assert [asked(register, at_least=n)["persons"].item() for n in (1, 2, 3)] == [1, 1, 0]


def test_a_third_dose_too_soon_leaves_the_person_at_two(register: Conn) -> None:
    tell(register, *doses(1, date(2021, 7, 1), date(2021, 8, 1), date(2021, 9, 10)))
    rows = asked(register, by=("dose",))
    assert rows.select("dose", "persons", "doses").rows() == [(1, 1, 1), (2, 1, 2)]


def test_every_region_appears_and_the_unknown_has_a_row_of_its_own(register: Conn) -> None:
    tell(register, *doses(1, date(2021, 3, 1)), *doses(2, date(2021, 3, 1), municipality="", deso=""))
    rows = asked(register, level="region")
    assert rows.height == 22
    assert one(rows, area="24")["persons"] == 1
    assert one(rows, area="01")["persons"] == 0
    assert (one(rows, area="00")["persons"], one(rows, area="00")["area_name"]) == (1, "unknown region")


def test_who_is_known_by_region_only_is_in_its_unknown_municipality(register: Conn) -> None:
    tell(register, *doses(1, date(2021, 3, 1), municipality="24", deso=""))
    row = one(asked(register, level="municipality", area="24"), area="2400")
    assert (row["persons"], row["area_name"]) == (1, "Västerbotten, unknown municipality")


def test_the_counts_of_a_past_day_stay_as_they_were_known_on_it(register: Conn) -> None:
    tell(register, *doses(1, date(2021, 3, 1)))
    tell(register, fact("DoseRecorded.v1", 1, 3, date(2021, 9, 1), dose_id=9, given_on=date(2021, 3, 20)))
    known = {day: asked(register, at_least=2, known_on=day)["persons"].item() for day in (date(2021, 8, 31), SUNDAY)}
    assert known == {date(2021, 8, 31): 0, SUNDAY: 1}


def test_a_count_that_fell_is_explained_by_causes_that_add_up_to_the_difference(register: Conn) -> None:
    tell(register, *doses(1, date(2021, 3, 1)), *doses(2, date(2021, 3, 1)))
    tell(register, fact("DoseWithdrawn.v1", 1, 3, date(2021, 9, 1), dose_id=102, cause="withdrawn"))
    tell(register, fact("DoseWithdrawn.v1", 2, 3, date(2021, 9, 2), dose_id=202, cause="linked"))
    tell(register, *doses(3, date(2021, 9, 20)))
    question: dict[str, Any] = {"by": ("cause",), "known_since": date(2021, 8, 31)}
    answer = coverage(register, CoverageQuestion(SUNDAY, SUNDAY, **question))
    told = answer.rows.select("cause", "persons", "doses").rows()
    assert told == [("new", 1, 1), ("withdrawn", -1, -1), ("linked", -1, -1)]
    assert answer.rows["share"].to_list() == [None] * 3
    assert "as known on 2021-10-03 less as known on 2021-08-31" in answer.definition.text
    assert "withdrawn: a sender took a dose back" in answer.notes
    assert asked(register, known_since=date(2021, 8, 31))["persons"].item() == -1
    assert asked(register, by=("cause",))["persons"].sum() == asked(register)["persons"].item()


def test_a_change_is_explained_without_the_municipality_of_the_protected(register: Conn) -> None:
    tell(register, *doses(1, date(2021, 9, 20)), fact("PersonProtected.v1", 1, 9, SUNDAY, grade="sekretessmarkering"))
    question: dict[str, Any] = {"by": ("cause",), "known_since": date(2021, 8, 31), "level": "municipality"}
    counted = asked(register, **question).filter(pl.col("doses") != 0)
    assert counted.select("area", "cause", "doses").rows() == [("2400", "new", 1)]


def test_rows_in_which_nothing_was_counted_can_be_left_out(register: Conn) -> None:
    tell(register, *doses(1, date(2021, 3, 1)))
    answer = coverage(register, CoverageQuestion(SUNDAY, SUNDAY, "region", by=("sex",)))
    assert (answer.rows.height, answer.without_zeros().rows.select("area", "sex").rows()) == (66, [("24", "F")])


def test_the_dead_leave_on_the_day_from_which_they_count_no_more(register: Conn) -> None:
    tell(register, *doses(1, date(2021, 3, 1)), fact("PersonDied.v1", 1, 3, date(2021, 5, 1), on=date(2021, 4, 30)))
    known = [asked(register, known_on=day)["persons"].item() for day in (date(2022, 2, 2), date(2022, 2, 3))]
    assert known == [1, 0]


def test_a_day_inside_a_week_is_taken_as_the_end_of_the_week_before_and_the_answer_says_so(register: Conn) -> None:
    tell(register, *doses(1, date(2021, 9, 29)))
    saturday = CoverageQuestion(given_to=date(2021, 10, 2), known_on=SUNDAY)
    answer = coverage(register, saturday)
    assert answer.rows["persons"].item() == 0
    assert "2021-W38" in answer.notes[0]
    assert answer.definition.given_to == date(2021, 9, 26)
    assert asked(register)["persons"].item() == 1


def test_rows_by_week_have_no_holes_and_run_up_to_the_total(register: Conn) -> None:
    tell(register, *doses(1, date(2021, 3, 1)), *doses(2, date(2021, 3, 29)))
    added = asked(register, by=("week",))
    assert added.select("week", "persons").rows() == [
        ("2021-W09", 1),
        ("2021-W10", 0),
        ("2021-W11", 0),
        ("2021-W12", 0),
        ("2021-W13", 1),
    ]
    assert asked(register, by=("week",), cumulative=True)["persons"].to_list() == [1, 1, 1, 1, 2]


def test_ages_are_those_reached_by_the_end_of_the_year_and_the_unknown_have_a_row(register: Conn) -> None:
    born = {1: 2003, 2: 1991, 3: None, 4: 2010}
    for person, year in born.items():
        tell(register, *doses(person, date(2021, 3, 1), birth_year=year))
    rows = asked(register, by=("age",))
    assert dict(rows.filter(pl.col("persons") > 0).select("age", "persons").rows()) == {
        "18-29": 1,
        "30-39": 1,
        "other": 1,
        "unknown": 1,
    }
    assert one(asked(register, by=("age",), age_at=date(2020, 12, 31)), age="18-29")["persons"] == 1
    assert asked(register, ages=age_bands("18-29,30-"))["persons"].item() == 2


def test_a_share_is_of_the_population_of_the_same_area_ages_and_sex_and_never_above_one(register: Conn) -> None:
    vintage = date(2020, 12, 31)
    load(
        register,
        [PopulationRow(vintage, place, "", 70, 70, 1950, sex, 2) for place in ("2480", "24") for sex in (1, 2)],
    )
    tell(register, *doses(1, date(2021, 3, 1)))
    question = {"ages": (AgeBand(70, 70),), "age_at": date(2020, 12, 31)}
    women = one(asked(register, level="municipality", by=("sex",), **question), area="2480", sex="F")
    assert (women["persons"], women["population"], women["share"]) == (1, 2, 0.5)
    for person in range(2, 7):
        tell(register, *doses(person, date(2021, 3, 1)))
    capped = coverage(register, CoverageQuestion(SUNDAY, SUNDAY, "region", **question))  # type: ignore[arg-type]
    row = one(capped.rows, area="24")
    assert (row["persons"], row["population"], row["share"]) == (6, 4, None)
    assert any("more persons are counted" in note for note in capped.notes)
    assert capped.definition.population_vintage == vintage


def test_one_municipality_is_not_the_population_of_its_region_nor_of_the_nation(register: Conn) -> None:
    vintage = date(2020, 12, 31)
    load(register, [PopulationRow(vintage, "2480", "", 0, None, None, None, 10)])
    for level in ("nation", "region"):
        answer = coverage(register, CoverageQuestion(SUNDAY, SUNDAY, level))
        assert set(answer.rows["share"]) == {None}
        assert any("lacks some municipality" in note for note in answer.notes)


def test_all_municipalities_are_the_population_of_their_region_and_all_regions_that_of_the_nation(
    register: Conn,
) -> None:
    vintage = date(2020, 12, 31)
    of_24 = [code for code in municipalities() if code.startswith("24")]
    load(register, [PopulationRow(vintage, code, "", 0, None, None, None, 10) for code in of_24])
    regions = asked(register, level="region")
    assert (one(regions, area="24")["population"], one(regions, area="23")["population"]) == (10 * len(of_24), None)
    load(register, [PopulationRow(vintage, code, "", 0, None, None, None, 10) for code in region_names()])
    assert asked(register)["population"].item() == 210


def test_single_birth_years_are_compared_with_the_same_birth_years_and_age_groups_with_ages(register: Conn) -> None:
    vintage = date(2020, 12, 31)
    load(
        register, [PopulationRow(vintage, "", "", 2020 - year, 2020 - year, year, None, year) for year in (1950, 1951)]
    )
    tell(register, *doses(1, date(2021, 3, 1), birth_year=1951))
    question = CoverageQuestion(SUNDAY, SUNDAY, ages=(AgeBand(70, 70),))
    answer = coverage(register, question)
    assert (answer.rows["persons"].item(), answer.rows["population"].item()) == (1, 1951)
    assert "of the same birth years" in answer.definition.text
    load(register, [PopulationRow(vintage, "", "", age, age, None, None, age) for age in (69, 70)])
    answer = coverage(register, question)
    assert answer.rows["population"].item() == 70
    assert "by age at the end of 2020" in answer.definition.text


def test_a_dose_of_a_year_that_somebody_mistyped_is_a_row_and_no_thousand_years(register: Conn) -> None:
    tell(register, *doses(1, date(21, 3, 1)), *doses(2, date(2021, 3, 1), date(2021, 3, 15)))
    rows = asked(register, by=("week",))
    assert rows["week"].to_list() == ["0021-W09", "2021-W09", "2021-W10", "2021-W11"]
    assert rows["persons"].to_list() == [1, 1, 0, 0]


def test_who_was_born_after_the_vintage_is_no_reason_to_give_no_share(register: Conn) -> None:
    years = range(1920, 2021)
    load(
        register, [PopulationRow(date(2020, 12, 31), "", "", 2020 - year, 2020 - year, year, None, 1) for year in years]
    )
    assert asked(register)["population"].item() == 101


def test_without_age_groups_that_form_the_band_there_is_no_share_and_a_note(register: Conn) -> None:
    load(register, [PopulationRow(date(2020, 12, 31), "", "", 0, 64, None, None, 10)])
    answer = coverage(register, CoverageQuestion(given_to=SUNDAY, known_on=SUNDAY, ages=(AgeBand(18, 29),)))
    assert answer.rows["share"].to_list() == [None]
    assert any("cannot form" in note for note in answer.notes)


@pytest.mark.parametrize(
    "question",
    [
        {"level": "nation", "area": "24"},
        {"level": "region", "area": "2480"},
        {"area": "Umeå", "level": "municipality"},
        {"by": ("colour",)},
        {"at_least": 0},
        {"cumulative": True},
        {"known_since": SUNDAY + timedelta(days=1)},
    ],
)
def test_a_question_without_an_answer_is_refused(question: dict[str, Any]) -> None:
    with pytest.raises(BadQuestion):
        CoverageQuestion(**{"given_to": SUNDAY, "known_on": SUNDAY, **question})


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_answer_is_the_sum_of_the_plain_ledger_and_its_parts_sum_to_the_whole(
    register: Conn, data: st.DataObject
) -> None:
    _empty(register)
    log = data.draw(histories(persons=4, facts=24))
    for some in data.draw(deliveries(log)):
        tell(register, *some)
    lines = ledger(log)
    for _ in range(2):
        known_on = data.draw(st.dates(FIRST_DAY, FIRST_DAY + timedelta(days=1500)))
        given_to = data.draw(st.dates(FIRST_DAY, FIRST_DAY + timedelta(days=700)))
        at_least = data.draw(st.integers(1, 3))
        question: dict[str, Any] = {"given_to": given_to, "known_on": known_on, "at_least": at_least}
        expected = _total(lines, CoverageQuestion(**question))
        for level in LEVELS:
            for by in ((), ("age",), ("sex",), ("product",), ("week", "sex")):
                rows = asked(register, level=level, by=by, **question)
                assert (rows["persons"].sum(), rows["doses"].sum()) == expected
        parts = asked(register, level="municipality", **question).group_by(pl.col("area").str.slice(0, 2))
        sums = parts.agg(pl.sum("persons"), pl.sum("doses")).sort("area")
        regions = asked(register, level="region", **question).select("area", "persons", "doses").sort("area")
        assert sums.equals(regions)
        assert _from_ledger(register, question) == expected
        since = data.draw(st.dates(FIRST_DAY, known_on))
        before = asked(register, level="region", **question | {"known_on": since})
        after = asked(register, level="region", **question)
        causes = asked(register, level="region", by=("cause",), known_since=since, **question)
        changed = causes.group_by("area").agg(pl.sum("persons"), pl.sum("doses"))
        both = before.join(after, on="area", suffix="_after").join(changed, on="area", suffix="_changed", how="left")
        both = both.with_columns(pl.col("persons_changed", "doses_changed").fill_null(0))
        for count in ("persons", "doses"):
            assert (both[f"{count}_after"] - both[count]).equals(both[f"{count}_changed"], check_names=False)


def _total(lines: Counts, question: CoverageQuestion) -> tuple[int, int]:
    chosen = [
        (key, counts)
        for key, counts in lines.items()
        if key[0] <= question.known_on and key[6] == 1 and key[9] <= question.last_week
    ]
    persons = sum(persons for key, (persons, _) in chosen if key[7] == question.at_least)
    return persons, sum(doses for _, (_, doses) in chosen)


def _from_ledger(conn: Conn, question: dict[str, Any]) -> tuple[int, int]:
    """The same question with a line known the day after, so that the current cells cannot answer it."""
    conn.execute("INSERT INTO coverage_ledger SELECT '9999-01-01', 1, 0, 202101, 0, 0, 0, 2, 1, 0, 1, 1")
    rows = asked(conn, **question)
    conn.execute("DELETE FROM coverage_ledger WHERE day_known = '9999-01-01'")
    return rows["persons"].item(), rows["doses"].item()


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"by": ("week", "week")}, "once"),
        ({"given_to": date(1, 1, 1)}, "years"),
        ({"at_least": 10**20}, "99"),
        ({"level": "region", "area": "99"}, "no area 99"),
        ({"level": "municipality", "area": "2499"}, "no area 2499"),
    ],
)
def test_a_question_without_an_answer_is_refused_in_words(asked: dict[str, Any], why: str) -> None:
    with pytest.raises(BadQuestion, match=why):
        CoverageQuestion(**{"given_to": date(2021, 4, 11), "known_on": date(2021, 4, 15)} | asked)
