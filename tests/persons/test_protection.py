"""A protection holds from its day on, whatever event it stands beside and whenever the report arrives."""

from collections.abc import Sequence
from datetime import date
from itertools import permutations
from typing import Any, NamedTuple

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from register.decision import Decision
from register.hidden_fields import NEVER_LINKED, hidden_by
from register.persons.facts import PersonMoved, PersonProtected, PersonRegistered, PersonRestated
from register.persons.held import residences
from tests.doses.sentences import ANNA, CLEO, DAN, NOW, Register, Report, a_change, a_link, given

MARCH = date(2021, 3, 1)


class Word(NamedTuple):
    """A report of the feed: the event, its day, the protection beside it, and the hour at which it was written."""

    event: str
    on: str
    protection: str
    hour: int

    @property
    def report(self) -> Report:
        return a_change(hour=self.hour, event=self.event, on=self.on, protection=self.protection)

    @property
    def grade(self) -> str | None:
        """What it says of the protection, if anything."""
        if self.protection in ("", "none"):
            return "" if self.protection and self.event == "protected" else None
        return self.protection


def decided(register: Register) -> tuple[str, tuple[str, ...]]:
    assert isinstance(register.decided, Decision)
    return register.decided.outcome, register.decided.codes


@st.composite
def words(draw: st.DrawFn) -> list[Word]:
    """Few days and hours, so that words meet; the event `protected` always says something of a protection."""
    said: list[Word] = []
    for _ in range(draw(st.integers(1, 6))):
        event = draw(st.sampled_from(("registered", "moved", "died", "protected")))
        grades = ("SF", "SM", "FP", "sekretes", "none") + (("",) * 3 if event != "protected" else ("none",))
        day, hour = draw(st.sampled_from(("2021-03-01", "2021-04-01"))), draw(st.integers(2, 6))
        said.append(Word(event, day, draw(st.sampled_from(grades)), hour))
    return said


@for_all(words(), st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_protection_parting_and_what_may_be_linked_do_not_depend_on_the_order_of_arrival(
    said: list[Word], chance: Any
) -> None:
    arriving = [*said, *chance.choices(said, k=2)]
    chance.shuffle(arriving)
    register = given(a_link()).when(*(word.report for word in arriving))

    told = [(word.on, word.hour, word.grade) for word in said if word.grade is not None]
    standing = {on: max(one[1:] for one in told if one[0] == on)[1] for on, _, _ in told}
    ever = {grade for _, _, grade in told}
    known = register.history().identity
    assert {day.isoformat(): grade for day, grade in known.protections.items()} == standing
    assert known.grades - {""} == ever - {""}
    assert len(register.person().members) == (1 if "FP" in ever else 2)
    register.when(a_link(ANNA, DAN, hour=9))
    barred = "FP" in ever or "sekretes" in standing.values()
    assert decided(register)[0] == ("refused" if barred else "recorded")


@pytest.mark.parametrize("event", ["registered", "moved", "died"])
@pytest.mark.parametrize("grade", ["SF", "FP"])
def test_a_protection_beside_an_older_word_on_an_event_holds(event: str, grade: str) -> None:
    newer = a_change(event=event, on="2021-03-01", hour=2)
    register = given(newer).when(a_change(event=event, on="2021-03-01", hour=1, protection=grade))
    assert register.history().identity.protections == {MARCH: grade}
    assert decided(register) == ("recorded", ("OLDER-THAN-KNOWN",))
    register.when(a_link(hour=3))
    assert decided(register)[0] == ("refused" if grade == "FP" else "recorded")


def test_a_protection_beside_a_death_that_was_corrected_since_holds_from_its_own_day() -> None:
    corrected = a_change(event="died", on="2021-04-01", hour=2)
    register = given(corrected).when(a_change(event="died", on="2021-03-01", hour=1, protection="SF"))
    assert register.history().identity.protections == {MARCH: "SF"}
    assert register.history().identity.died_on == date(2021, 4, 1)


def test_a_secret_identity_that_was_told_of_beside_a_move_is_parted_whenever_that_arrives() -> None:
    ended = a_change(event="protected", on="2021-03-01", protection="none", hour=3)
    secret = a_change(event="moved", on="2021-03-01", protection="FP", hour=2)
    for said in ((ended, secret), (secret, ended)):
        register = given(a_link(), *said)
        assert len(register.person().members) == 1
        assert register.history().identity.protections == {MARCH: ""}
        register.when(a_link(hour=4))
        assert decided(register) == ("refused", ("LINK-NOT-ALLOWED",))


def test_an_event_and_a_protection_beside_it_are_two_facts_of_one_report() -> None:
    register = given(a_change(), a_change(event="protected", on="2021-03-01", protection="SM", hour=3))
    register.when(a_change(event="moved", on="2021-03-01", protection="SF", hour=2, municipality="0180", deso=""))
    register.then(PersonMoved, PersonProtected, PersonProtected, outcome="recorded", codes=("OLDER-THAN-KNOWN",))
    assert register.history().identity.protections == {MARCH: "SM"}


def test_an_end_written_before_the_last_confirmation_of_a_protection_lifts_nothing() -> None:
    first, again = (a_change(event="protected", on="2021-03-01", protection="SF", hour=hour) for hour in (1, 3))
    ended = a_change(event="protected", on="2021-03-01", protection="none", hour=2)
    for said in permutations((first, again, ended)):
        assert given(*said).history().identity.protections == {MARCH: "SF"}


def test_the_same_protection_again_leaves_a_trace_only_if_it_was_written_later() -> None:
    register = given(a_change(event="protected", protection="SF", hour=2))
    register.when(a_change(event="protected", protection="SF", hour=3)).then(PersonProtected, outcome="already-known")
    register.when(a_change(event="protected", protection="SF", hour=3)).then_nothing()


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_words_written_at_the_same_time_the_protection_stands(first: int) -> None:
    both = [a_change(event="protected", protection=grade) for grade in ("SF", "none")]
    assert list(given(both[first], both[1 - first]).history().identity.protections.values()) == ["SF"]


def test_where_somebody_lives_who_was_ever_protected_is_never_told_of_the_other_identity() -> None:
    protected = a_change(CLEO, event="protected", on="2021-03-01", protection="SM")
    ended = a_change(CLEO, event="protected", on="2021-03-01", protection="none", hour=2)
    for said in ((protected, ended), (ended, protected)):
        assert residences(given(a_change(CLEO), *said, a_link()).person()) == {}


def test_a_protection_beside_a_move_hides_every_identity_of_the_person() -> None:
    register = given(a_change(CLEO, municipality="0180", deso=""), a_link())
    register.when(a_change(event="moved", on="2021-03-01", protection="SM", hour=2))
    register.then(PersonMoved, PersonProtected, PersonRestated, PersonRestated)
    assert [(fact.cause, fact.protection) for fact in _restated(register)] == [("moved", "SM")] * 2
    register.when(a_change(event="moved", on="2021-03-01", protection="SF", hour=3))
    register.then(PersonProtected, PersonRestated, PersonRestated, outcome="corrected")
    assert [(fact.cause, fact.protection) for fact in _restated(register)] == [("protected", "SF")] * 2


def _restated(register: Register) -> Sequence[PersonRestated]:
    assert isinstance(register.decided, Decision)
    return [fact for fact in register.decided.facts if isinstance(fact, PersonRestated)]


def night(hour: int, on: str = "2021-07-09", protection: str = "SM") -> Report:
    return a_change(hour=hour, event="protected", on=on, protection=protection)


def test_a_protection_from_a_day_to_come_holds_from_today_and_its_end_is_told_on_its_day() -> None:
    assert list(given(night(1)).history().identity.protections) == [date(2021, 7, 1)]
    given().when(night(1, protection="none")).then_refused("DATE-IN-FUTURE")


def test_a_protection_told_ahead_every_night_is_known_after_the_first() -> None:
    register = given(night(1))
    for nights in range(1, 4):
        register.now = NOW.replace(day=1 + nights)
        register.when(night(1 + nights * 24))
        assert decided(register)[0] == "already-known"
    assert register.history().identity.protections == {date(2021, 7, 1): "SM"}
    register.when(night(200, protection="SF"))
    assert decided(register)[0] == "recorded", "another grade is a word of its own"


def test_one_told_ahead_again_after_it_was_lifted_protects_anew() -> None:
    register = given(night(1), a_change(event="protected", on="2021-07-01", protection="none", hour=2))
    register.now = NOW.replace(day=2)
    register.when(night(3))
    assert register.history().identity.protections == {date(2021, 7, 1): "", date(2021, 7, 2): "SM"}


def test_what_was_told_of_a_day_in_the_past_is_not_confirmed_by_what_is_told_ahead() -> None:
    past = a_change(event="protected", on="2021-03-01", protection="SM")
    ended = a_change(event="protected", on="2021-03-01", protection="none", hour=3)
    register = given(past, night(2), ended)
    assert register.history().identity.protections == {MARCH: "", date(2021, 7, 1): "SM"}


def test_a_protection_beside_another_event_holds() -> None:
    register = given(a_change(protection="SM")).then(PersonRegistered, PersonProtected, outcome="recorded")
    assert register.history().identity.grades == {"SM"}
    register.when(a_change(protection="SM")).then_nothing()


@pytest.mark.parametrize("grade", ["SM", "SF", "FP", "fingerade personuppgifter", "sekretes", "none"])
def test_what_tables_say_of_links_is_what_is_decided(grade: str) -> None:
    register = given(a_change(event="protected", on="2021-03-01", protection=grade)).when(a_link(hour=2))
    stands = register.history().identity.protections[MARCH]
    assert (decided(register)[0] == "refused") is bool(hidden_by(stands) & NEVER_LINKED)
