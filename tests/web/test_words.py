"""The pages' words: every text in both languages, and each language's own way of writing."""

import re
from datetime import date

import pytest

from connectors.outgoing.login_texts import LOGIN_TEXTS
from connectors.outgoing.texts import TEXTS
from connectors.outgoing.words import ALL_TEXTS, LANGUAGES, Words, language_wanted
from connectors.person.texts import PERSON_TEXTS
from connectors.registrar.texts import DESK_TEXTS

SWEDISH, ENGLISH = Words("sv"), Words("en")


@pytest.mark.parametrize("key", ALL_TEXTS)
def test_every_text_stands_in_every_language_with_the_same_gaps(key: str) -> None:
    assert len(ALL_TEXTS[key]) == len(LANGUAGES)
    assert len({tuple(sorted(re.findall(r"{\w+}", text))) for text in ALL_TEXTS[key]}) == 1
    assert all(text.strip() for text in ALL_TEXTS[key])


def test_swedish_numbers_have_hard_spaces_and_decimal_commas() -> None:
    assert SWEDISH.count(1234567) == "1\u00a0234\u00a0567"
    assert SWEDISH.share(0.2009) == "20,1\u00a0%"
    assert SWEDISH.from_to(0.175, 0.2) == "17,5–20\u00a0%"


def test_english_numbers_have_commas_and_decimal_points() -> None:
    assert ENGLISH.count(1234567) == "1,234,567"
    assert ENGLISH.share(0.2009) == "20.1%"
    assert ENGLISH.from_to(0.175, 0.2) == "17.5–20%"


@pytest.mark.parametrize("words", [SWEDISH, ENGLISH])
def test_a_figure_that_is_not_shown_is_a_dash(words: Words) -> None:
    assert words.count(None) == words.share(None) == "–"


def test_days_weeks_and_ages_are_written_out() -> None:
    assert SWEDISH.weekday(date(2021, 4, 11)) == "söndag 11\u00a0april\u00a02021"
    assert ENGLISH.weekday(date(2021, 4, 11)) == "Sunday 11\u00a0April\u00a02021"
    assert SWEDISH.week(202114) == "vecka\u00a014, 2021"
    assert [SWEDISH.ages(ages) for ages in ("18-29", "90-", "all", "unknown")] == [
        "18–29 år",
        "90 år och äldre",
        "Alla åldrar",
        "Okänd ålder",
    ]


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        (None, None, "sv"),
        (None, "en-GB,en;q=0.9,sv;q=0.8", "en"),
        (None, "de, sv;q=0.4, en;q=0.7", "en"),
        (None, "de", "sv"),
        (None, "en;q=0", "sv"),
        (None, "en;q=often", "sv"),
        ("sv", "en", "sv"),
        ("en", "sv", "en"),
        ("xx", "en", "en"),
    ],
)
def test_the_language_is_the_one_asked_for_else_the_browsers(
    asked: str | None, accepted: str | None, language: str
) -> None:
    assert language_wanted(asked, accepted) == language


@pytest.mark.parametrize(
    "note",
    [
        "No population has been loaded: there are no shares.",
        "The population's age groups cannot form all ages: no share.",
        "The population's age groups cannot form 12-15: no share.",
        "The population of 2020-12-31 has no municipality.",
        "No share in 3 rows: more persons are counted there than the population of 2020-12-31 has.",
        "Doses are counted by ISO week: those given up to 2021-04-11, the end of week 2021-W14.",
    ],
)
def test_an_answers_notes_are_told_in_swedish(note: str) -> None:
    assert SWEDISH.note(note)[1] == "sv"
    assert ENGLISH.note(note) == (note, "en")


def test_a_note_without_a_translation_is_shown_in_english_and_marked_so() -> None:
    assert SWEDISH.note("Something new.") == ("Something new.", "en")


def test_no_key_of_texts_stands_in_two_tables() -> None:
    assert len(ALL_TEXTS) == len(TEXTS) + len(LOGIN_TEXTS) + len(DESK_TEXTS) + len(PERSON_TEXTS)
