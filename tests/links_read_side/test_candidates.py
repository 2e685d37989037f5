"""Who may be one person is proposed for review, with what they share; what somebody has settled is not asked again."""

from datetime import date

import pytest

from projections.links import Alike, Candidate, SharedDose, candidates
from tests.coverage.histories import Fact, fact
from tests.links_read_side.facts import DAY, Conn, copies, dose, identified, tell

MARCH, APRIL = date(2021, 3, 1), date(2021, 4, 12)


def somebody(person: int, *days: date, kind: str = "reserve", birth_year: int | None = 1950, **said: str) -> list[Fact]:
    """An identity with a dose on each day."""
    first = identified(person, kind, birth_year=birth_year, sex="F")
    return [first, *(dose(person, version, day, **said) for version, day in enumerate(days, 2))]


def found(conn: Conn) -> list[Candidate]:
    with conn.transaction():
        return [each for looked in candidates(conn) for each in looked.found]


def pairs(conn: Conn) -> list[tuple[int, int]]:
    return [each.pair[:2] for each in found(conn)]


def test_two_with_the_same_dose_birth_year_and_sex_are_proposed_with_what_they_share(register: Conn) -> None:
    tell(register, [*somebody(1, MARCH, kind="personal"), *somebody(2, MARCH, DAY)])
    assert found(register) == [Candidate(Alike(1, 2, "personal", "reserve", 1950, 2), (SharedDose(MARCH, 1, "EX1"),))]


def test_the_last_day_comes_first_and_a_pair_comes_once_with_all_that_it_shares(register: Conn) -> None:
    tell(register, [*somebody(1, MARCH), *somebody(2, MARCH, APRIL), *somebody(3, MARCH, APRIL)])
    assert pairs(register) == [(2, 3), (1, 2), (1, 3)]
    assert [len(each.shared) for each in found(register)] == [2, 1, 1]


def test_a_walk_goes_on_where_the_one_before_stopped_and_says_how_much_was_looked_at(register: Conn) -> None:
    tell(register, [*somebody(1, MARCH), *somebody(2, MARCH, APRIL), *somebody(3, APRIL, kind="personal")])
    with register.transaction():
        first = next(candidates(register))
        [second] = candidates(register, after=first.place)
    assert [each.pair[:2] for each in first.found] == [(2, 3)]
    assert [each.pair[:2] for each in second.found] == [(1, 2)]
    assert [(looked.place.doses, looked.place.of, looked.last) for looked in (first, second)] == [
        (1, 3, False),
        (3, 3, True),
    ]


def test_only_pairs_that_agree_in_what_the_caller_knows_are_proposed(register: Conn) -> None:
    tell(register, [*somebody(1, MARCH, kind="personal"), *somebody(2, MARCH), *somebody(3, MARCH)])
    with register.transaction():
        [looked] = candidates(register, lambda alike: [each for each in alike if 3 not in each[:2]])
    assert ([each.pair[:2] for each in looked.found], looked.compared) == ([(1, 2)], 3)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(somebody(2, APRIL), id="another day"),
        pytest.param(somebody(2, MARCH, batch="EX2"), id="another batch"),
        pytest.param(somebody(2, MARCH, product="Spikevax"), id="another product"),
        pytest.param(somebody(2, MARCH, birth_year=1951), id="another birth year"),
        pytest.param([identified(2, "reserve", birth_year=1950, sex="M"), dose(2, 2, MARCH)], id="another sex"),
        pytest.param(
            [*somebody(2, MARCH), fact("DoseWithdrawn.v1", 2, 3, DAY, dose_id=202, cause="withdrawn")],
            id="a dose that was withdrawn",
        ),
    ],
)
def test_strangers_are_not_proposed(register: Conn, other: list[Fact]) -> None:
    tell(register, [*somebody(1, MARCH), *other])
    assert pairs(register) == []


def test_what_is_not_known_is_not_the_same(register: Conn) -> None:
    tell(register, [*somebody(1, MARCH, birth_year=None), *somebody(2, MARCH, birth_year=None)])
    tell(register, [*somebody(3, MARCH, batch=""), *somebody(4, MARCH, batch="")])
    tell(register, [*somebody(5, MARCH, product="Homebrew 7"), *somebody(6, MARCH, product="Homebrew 8")])
    assert pairs(register) == []


@pytest.mark.parametrize("state", ["linked", "apart"])
def test_what_somebody_settled_is_not_proposed_again_until_it_is_undone(register: Conn, state: str) -> None:
    tell(register, [*somebody(1, MARCH), *somebody(2, MARCH), *copies(state, 1, 2, 5)])
    assert pairs(register) == []
    tell(register, copies("unlinked", 1, 2, 6))
    assert pairs(register) == [(1, 2)]


def test_who_was_told_apart_from_one_identity_of_a_person_is_apart_from_the_person(register: Conn) -> None:
    tell(register, [*somebody(1, MARCH), *somebody(2, MARCH), *somebody(3, APRIL), *somebody(4, APRIL)])
    tell(register, [*copies("linked", 1, 5, 7), *copies("linked", 6, 5, 8), *copies("apart", 2, 6, 9)])
    assert pairs(register) == [(3, 4)]
    tell(register, [*copies("linked", 3, 7, 10), *copies("linked", 8, 7, 11), *copies("linked", 8, 4, 12)])
    assert pairs(register) == []


def test_an_identity_that_is_never_linked_is_not_proposed_and_another_protection_does_not_matter(
    register: Conn,
) -> None:
    tell(register, [*somebody(1, MARCH), *somebody(2, MARCH)])
    tell(register, [fact("PersonProtected.v1", 2, 9, DAY, grade="sekretessmarkering")])
    assert pairs(register) == [(1, 2)]
    tell(register, [fact("PersonProtected.v1", 2, 10, DAY, grade="fingerade personuppgifter")])
    assert pairs(register) == []


def test_two_personal_numbers_are_not_proposed(register: Conn) -> None:
    tell(register, [*somebody(1, MARCH, kind="personal"), *somebody(2, MARCH, kind="personal")])
    assert pairs(register) == []
