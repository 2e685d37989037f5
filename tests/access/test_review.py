"""Accesses are reviewed at random, and that it was done is kept."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection

from register.access import Denied, log, reading, readings
from register.access.review import ReviewBroken, draw, drawn, reviewed
from tests.access.conftest import DOCTOR, NOW, REVIEWER
from tests.access.people import NUMBERS

ISSUER = replace(DOCTOR, who="agency", role="certificate-issuer", purpose="certificate", region="")
LATER = NOW + timedelta(days=1)


def test_every_access_is_as_likely_to_be_drawn_as_any_other() -> None:
    times = Counter(number for seed in range(3_000) for number in drawn(range(1, 21), 5, str(seed)).numbers)
    assert len(times) == 20
    assert all(600 < count < 900 for count in times.values())  # 750 expected, 24 the standard deviation


def test_the_same_seed_draws_the_same_and_without_one_nobody_knows() -> None:
    assert drawn(range(1000), 10, "a") == drawn(range(1000), 10, "a") != drawn(range(1000), 10, "b")
    assert drawn([5, 6], 10, "a") == ((5, 6), 2)
    assert drawn([], 10, "a") == ((), 0)


def test_a_sample_and_its_review_are_facts_in_the_chain(conn: Connection[Any]) -> None:
    readings(conn, DOCTOR, "doses", range(1, 31), NOW)
    number, found = draw(conn, REVIEWER, 5, LATER)
    assert (number, len(found.numbers), found.out_of) == (31, 5, 30)
    assert [access.number for access, _ in log.accesses_numbered(conn, found.numbers)] == list(found.numbers)
    assert reviewed(conn, REVIEWER, number, f"asked the unit about {NUMBERS[0]}, in order", LATER) == 32
    [(_, sample)] = log.samples(conn)
    [(_, review)] = log.reviews(conn)
    assert (sample.who, sample.at, sample.drawn_from) == ("rev-berg", LATER, 30)
    assert sample.accesses == review.accesses == found.numbers
    assert (review.sample, review.who) == (31, "rev-berg")
    assert review.finding == f"asked the unit about {'*' * 12}, in order"
    assert log.verify(conn).breaks == []


def test_without_a_seed_two_samples_differ(conn: Connection[Any]) -> None:
    readings(conn, DOCTOR, "doses", range(1, 301), NOW)
    assert draw(conn, REVIEWER, 20, LATER)[1] != draw(conn, REVIEWER, 20, LATER)[1]
    assert draw(conn, REVIEWER, 20, LATER, seed="s")[1] == draw(conn, REVIEWER, 20, LATER, seed="s")[1]


def test_only_readings_are_drawn_and_only_those_asked_for(conn: Connection[Any]) -> None:
    reading(conn, DOCTOR, "doses", 1, NOW)
    reading(conn, ISSUER, "eligibility", 2, NOW)
    reading(conn, ISSUER, "eligibility", 3, LATER)
    assert draw(conn, REVIEWER, 9, LATER)[1].numbers == (1, 2, 3)
    assert draw(conn, REVIEWER, 9, LATER)[1].numbers == (1, 2, 3)  # and not the sample before
    assert draw(conn, REVIEWER, 9, LATER, of_role="certificate-issuer")[1].numbers == (2, 3)
    assert draw(conn, REVIEWER, 9, LATER, of_role="certificate-issuer", since=LATER)[1].numbers == (3,)
    with pytest.raises(ReviewBroken, match="no such accesses"):
        draw(conn, REVIEWER, 9, LATER, of_role="registrar")


@pytest.mark.parametrize("count", [0, -1, 10_001])
def test_a_sample_has_a_size_that_somebody_can_go_through(conn: Connection[Any], count: int) -> None:
    reading(conn, DOCTOR, "doses", 1, NOW)
    with pytest.raises(ReviewBroken):
        draw(conn, REVIEWER, count, NOW)


@pytest.mark.parametrize("finding", ["", "  ", "x" * 4_001, "a\0b"])
def test_a_review_says_what_it_found(conn: Connection[Any], finding: str) -> None:
    reading(conn, DOCTOR, "doses", 1, NOW)
    number, _ = draw(conn, REVIEWER, 1, NOW)
    with pytest.raises(ReviewBroken):
        reviewed(conn, REVIEWER, number, finding, NOW)


def test_only_a_sample_that_was_drawn_can_be_reviewed(conn: Connection[Any]) -> None:
    reading(conn, DOCTOR, "doses", 1, NOW)
    for number in (1, 17, 2**63 - 1):
        with pytest.raises(ReviewBroken, match="there is no sample"):
            reviewed(conn, REVIEWER, number, "in order", NOW)


@pytest.mark.parametrize("reader", ["rev-berg", "rev-berg for dr-ek", "anna for rev-berg"])
def test_nobody_reviews_readings_of_their_own(conn: Connection[Any], reader: str) -> None:
    reading(conn, DOCTOR, "doses", 1, NOW)
    reading(conn, replace(DOCTOR, who=reader), "doses", 1, NOW)
    number, _ = draw(conn, REVIEWER, 2, LATER)
    with pytest.raises(Denied, match="OWN-READING-IN-SAMPLE"):
        reviewed(conn, REVIEWER, number, "in order", LATER)
    assert log.reviews(conn) == []
    reviewed(conn, replace(REVIEWER, who="rev-ek"), number, "in order", LATER)
    assert len(log.reviews(conn)) == 1


def test_only_reviewers_draw_and_review(conn: Connection[Any]) -> None:
    reading(conn, DOCTOR, "doses", 1, NOW)
    draw(conn, REVIEWER, 1, NOW)
    with pytest.raises(Denied):
        draw(conn, DOCTOR, 1, NOW)
    with pytest.raises(Denied):
        reviewed(conn, DOCTOR, 2, "in order", NOW)
    assert log.verify(conn).head.number == 2
