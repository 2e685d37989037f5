"""What the population register says of a person, and what becomes of it."""

from datetime import date
from typing import Any

import pytest

from register.persons.facts import PersonDied, PersonMoved, PersonProtected, PersonRegistered
from register.persons.history import Description
from tests.doses.sentences import ANNA, CLEO, NOBODY, a_change, a_dose, a_registration, given


def test_somebody_whom_the_register_meets_is_identified_first() -> None:
    register = given().when(a_change())
    assert [fact.NAME for fact in register.facts] == ["PersonIdentified.v1", "PersonRegistered.v1"]
    assert [fact.version for fact in register.facts] == [1, 2]


def test_a_registration_holds_residence_birth_year_and_sex() -> None:
    register = given().when(a_change()).then(PersonRegistered, outcome="recorded")
    assert (register.last.municipality, register.last.deso) == ("2480", "2480A0010")
    assert (register.last.birth_year, register.last.sex) == (1950, "F")


def test_the_population_registers_word_stands_above_the_number() -> None:
    register = given().when(a_change(birth_date="1951-01-01", sex="M"))
    assert (register.last.birth_year, register.last.sex) == (1951, "M")
    assert register.history().identity.held.birth_year == 1951


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"event": "moved", "on": "2021-03-01"},
        {"event": "died", "on": "2021-05-01"},
    ],
)
def test_the_same_change_again_is_already_known(said: dict[str, Any]) -> None:
    given(a_change(**said)).when(a_change(**said, hour=2)).then_nothing()


def test_a_move_to_where_the_person_is_registered_that_day_is_already_known() -> None:
    given(a_change()).when(a_change(event="moved")).then_nothing()


def test_a_move_on_another_day_is_recorded() -> None:
    moved = a_change(event="moved", on="2021-03-01", municipality="0180", deso="")
    given(a_change()).when(moved).then(PersonMoved, outcome="recorded")


def test_another_residence_for_the_same_day_is_a_correction() -> None:
    first = a_change(event="moved", on="2021-03-01", municipality="0180", deso="")
    other = a_change(event="moved", on="2021-03-01", municipality="1480", deso="")
    register = given(a_change(), first).when(other).then(PersonMoved, outcome="corrected")
    assert register.history().identity.residences[register.last.on] == ("1480", "")


def test_an_older_word_on_a_day_never_overwrites_a_newer_one() -> None:
    newer = a_change(event="moved", on="2021-03-01", municipality="0180", deso="", hour=3)
    older = a_change(event="moved", on="2021-03-01", municipality="1480", deso="", hour=2)
    given(a_change(), newer).when(older).then_nothing()
    given(a_change(event="died", on="2021-05-02", hour=3)).when(
        a_change(event="died", on="2021-05-01", hour=2)
    ).then_nothing()


def test_a_registration_with_another_birth_year_is_a_correction() -> None:
    given(a_change()).when(a_change(birth_year="1952")).then(PersonRegistered, outcome="corrected")


def test_an_older_registration_on_another_day_never_overwrites_a_newer_birth_year_or_sex() -> None:
    newer = a_change(birth_year="1951", sex="M", hour=3)
    older = a_change(birth_year="1952", sex="F", on="2020-01-01", hour=2)
    for order in ((newer, older), (older, newer)):
        register = given(*order)
        assert register.history().identity.held == Description(1951, "M")
        assert (register.last.birth_year, register.last.sex) == (1951, "M")


def test_birth_year_and_sex_may_be_stated_apart() -> None:
    year, sex = a_change(birth_year="1951", hour=3), a_change(sex="M", on="2020-01-01", hour=2)
    for order in ((year, sex), (sex, year)):
        assert given(*order).history().identity.held == Description(1951, "M")


def test_birth_year_and_sex_are_not_lost_beside_an_older_word_on_where_somebody_lives() -> None:
    registered = a_change(CLEO, birth_year="1985", sex="F", hour=1)
    moved = a_change(CLEO, event="moved", municipality="0180", deso="", hour=2)
    for order in ((registered, moved), (moved, registered)):
        known = given(*order).history(CLEO).identity
        assert (known.held, known.residences) == (Description(1985, "F"), {date(2021, 1, 1): ("0180", "")})
    late = given(moved).when(registered).then(PersonRegistered, PersonMoved, outcome="recorded")
    assert late.decided.codes == ("OLDER-THAN-KNOWN",)  # type: ignore[union-attr]
    late.when(registered).then_nothing("OLDER-THAN-KNOWN")
    late.when(a_change(CLEO, event="moved", municipality="2480", deso="", hour=1)).then_nothing("OLDER-THAN-KNOWN")


def test_what_a_region_said_of_somebody_never_becomes_the_population_registers_word() -> None:
    register = given(a_registration(CLEO, birth_year="1984")).when(a_change(CLEO, hour=2))
    assert (register.last.birth_year, register.last.stated_birth_year) == (1984, None)
    register.when(a_registration(CLEO, birth_year="1985", hour=3))
    assert register.last.birth_year == 1985


def test_a_death_on_another_day_is_a_correction() -> None:
    given(a_change(event="died", on="2021-05-01")).when(a_change(event="died", on="2021-05-02")).then(
        PersonDied, outcome="corrected"
    )


@pytest.mark.parametrize("word", ["none", "Avslutad", "inga skyddade personuppgifter"])
def test_protection_that_ends_is_recorded(word: str) -> None:
    protected = a_change(event="protected", protection="confidential")
    ended = a_change(event="protected", on="2021-06-01", protection=word)
    register = given(protected).when(ended).then(PersonProtected, outcome="recorded")
    assert register.last.grade == ""


def test_an_empty_grade_ends_no_protection_whatever_the_event() -> None:
    register = given(a_change(event="protected", protection="SM"))
    register.when(a_change(event="protected", on="2021-06-01")).then_refused("PROTECTION-MISSING")
    for event in ("registered", "moved", "died"):
        register.when(a_change(event=event, on="2021-06-01", hour=2))
    assert list(register.history().identity.protections.values()) == ["SM"]


def test_the_word_for_the_end_beside_another_event_ends_nothing() -> None:
    register = given(a_change(event="protected", protection="SM")).when(
        a_change(event="moved", on="2021-06-01", protection="none", hour=2)
    )
    assert list(register.history().identity.protections.values()) == ["SM"]


@pytest.mark.parametrize("event", ["protected", "registered"])
def test_a_grade_that_nobody_knows_hides_and_is_told_to_the_sender(event: str) -> None:
    register = given().when(a_change(event=event, protection="sekretes"))
    assert register.history().identity.grades == {"sekretes"}
    assert register.decided.codes == ("PROTECTION-UNKNOWN",)  # type: ignore[union-attr]
    assert given(a_change(event=event, protection="SM")).decided.codes == ()  # type: ignore[union-attr]


def test_a_residence_may_be_known_by_region_only_or_not_at_all() -> None:
    given().when(a_change(municipality="24", deso="")).then(PersonRegistered)
    given().when(a_change(municipality="", deso="")).then(PersonRegistered)


def test_doses_and_changes_stand_in_one_history() -> None:
    register = given(a_dose()).when(a_change()).then(PersonRegistered)
    assert [fact.version for fact in register.facts] == [1, 2, 3]


def test_an_identity_number_in_the_grade_of_protection_is_starred_out() -> None:
    hidden = "19121212" + "1212"
    assert given().when(a_change(event="protected", protection=hidden)).last.grade == "*" * 12


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"event": "vanished"}, "EVENT-UNKNOWN"),
        ({"on": "yesterday"}, "DATE-MALFORMED"),
        ({"on": "2021-07-02"}, "DATE-IN-FUTURE"),
        ({"event": "died", "on": "1949-01-01"}, "DATE-BEFORE-BIRTH"),
        ({"birth_date": "1950"}, "BIRTH-DATE-MALFORMED"),
        ({"birth_year": "50"}, "BIRTH-YEAR-MALFORMED"),
        ({"birth_date": "9999-12-31"}, "BIRTH-IN-FUTURE"),
        ({"birth_year": "2150"}, "BIRTH-IN-FUTURE"),
        ({"sex": "K"}, "SEX-MALFORMED"),
        ({"municipality": "Umeå", "deso": ""}, "MUNICIPALITY-MALFORMED"),
        ({"municipality": "2499", "deso": ""}, "MUNICIPALITY-UNKNOWN"),
        ({"deso": "2480-10"}, "DESO-MALFORMED"),
        ({"deso": "0180A0010"}, "DESO-OTHER-MUNICIPALITY"),
    ],
)
def test_a_change_that_cannot_be_understood_is_refused(changes: dict[str, Any], code: str) -> None:
    given().when(a_change(ANNA, **changes)).then_refused(code)


def test_a_change_about_nobody_is_refused_with_all_reasons() -> None:
    given().when(a_change(NOBODY, on="", sex="?")).then_refused(
        "IDENTITY-CHECK-DIGIT", "DATE-MALFORMED", "SEX-MALFORMED"
    )


def test_the_feed_may_know_somebody_with_a_reserve_number() -> None:
    register = given().when(a_change(CLEO, birth_year="1985", sex="F"))
    assert (register.last.birth_year, register.last.sex) == (1985, "F")


def test_a_protection_is_never_lost_to_what_stands_beside_it() -> None:
    protected = {"event": "protected", "on": "2021-01-01", "protection": "FP"}
    for broken in ({"deso": "nowhere"}, {"sex": "K"}, {"municipality": "9999"}, {"event": " protected "}):
        register = given(a_change(**protected | broken))
        assert register.history().identity.grades == {"FP"}, broken
