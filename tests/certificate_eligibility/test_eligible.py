"""Who may have a certificate on a day, and why others may not."""

from datetime import date

import pytest

from projections.certificate_eligibility.eligible import Dose, eligible
from projections.certificate_eligibility.query import certificate_eligibility
from register.definitions import CertificateRule
from register.doses.facts import DoseWithdrawn
from register.people import alone, history_of, unknown_person
from tests.write_side.builders import REPORTED, a_dose_fact

COMIRNATY, VAXZEVRIA, JCOVDEN, UNKNOWN = 1, 3, 4, 0
JULY, AUGUST = date(2021, 7, 1), date(2021, 8, 1)


def a_dose(given_on: date, product: int = COMIRNATY, suspected_duplicate: bool = False) -> Dose:
    return Dose(given_on, product, suspected_duplicate)


@pytest.mark.parametrize(
    ("doses", "on", "reasons"),
    [
        ([], AUGUST, ("NO-DOSE",)),
        ([a_dose(JULY)], AUGUST, ("SERIES-NOT-COMPLETE",)),
        ([a_dose(JULY), a_dose(AUGUST)], AUGUST, ("WAITING-PERIOD",)),
        ([a_dose(JULY), a_dose(AUGUST)], date(2021, 8, 14), ("WAITING-PERIOD",)),
        ([a_dose(JULY), a_dose(AUGUST)], date(2021, 8, 15), ()),
        ([a_dose(JULY), a_dose(AUGUST)], JULY, ("SERIES-NOT-COMPLETE",)),
        ([a_dose(JULY, JCOVDEN)], AUGUST, ()),
        ([a_dose(JULY, VAXZEVRIA), a_dose(date(2021, 7, 10), COMIRNATY)], AUGUST, ()),
        ([a_dose(JULY, UNKNOWN), a_dose(date(2021, 7, 10), UNKNOWN)], AUGUST, ()),
        (
            [a_dose(JULY), a_dose(date(2021, 7, 2), suspected_duplicate=True)],
            AUGUST,
            ("SERIES-NOT-COMPLETE", "SUSPECTED-DUPLICATE-NOT-COUNTED"),
        ),
        ([a_dose(date(2021, 5, 1), JCOVDEN)], date(2021, 6, 30), ("CERTIFICATES-NOT-ISSUED-YET",)),
    ],
)
def test_a_certificate_needs_a_complete_series_at_least_14_days_before(
    doses: list[Dose], on: date, reasons: tuple[str, ...]
) -> None:
    answer = eligible(doses, "COVID19", on)
    assert (answer.eligible, answer.reasons) == (not reasons, reasons)


def test_the_answer_says_when_the_series_was_complete_and_from_when_a_certificate_may_be_issued() -> None:
    answer = eligible([a_dose(JULY), a_dose(AUGUST)], "COVID19", AUGUST)
    assert (answer.doses_counted, answer.series_complete_on, answer.eligible_from) == (2, AUGUST, date(2021, 8, 15))


def test_the_number_of_days_to_wait_is_a_value_beside_the_code() -> None:
    answer = eligible([a_dose(JULY), a_dose(AUGUST)], "COVID19", AUGUST)
    assert (answer.reasons, answer.waiting_days) == (("WAITING-PERIOD",), 14)


def test_how_many_doses_are_a_series_is_what_the_rule_of_the_day_says() -> None:
    three = CertificateRule("COVID19", JULY, doses_in_series=3, days_after_series=0, source="made up")
    doses = [a_dose(JULY), a_dose(date(2021, 7, 10)), a_dose(date(2021, 7, 20))]
    assert eligible(doses[:2], "COVID19", AUGUST, rule=three).reasons == ("SERIES-NOT-COMPLETE",)
    assert eligible(doses, "COVID19", AUGUST, rule=three).series_complete_on == date(2021, 7, 20)


def test_the_dead_get_no_certificate_from_the_day_of_death() -> None:
    doses = [a_dose(JULY, JCOVDEN)]
    assert eligible(doses, "COVID19", AUGUST, died_on=AUGUST).reasons == ("DIED",)
    assert eligible(doses, "COVID19", AUGUST, died_on=date(2021, 8, 2)).eligible


def test_a_person_known_by_a_reserve_number_only_may_have_a_certificate() -> None:
    told = [
        a_dose_fact(7, 1, dose_id=1, record=b"1", given_on=JULY, product="Jcovden", disease="COVID19"),
        a_dose_fact(7, 2, dose_id=2, record=b"2", given_on=AUGUST, disease="COVID19"),
        DoseWithdrawn(7, 3, REPORTED, "", 2, "withdrawn", b"2", REPORTED, ""),
    ]
    answer = certificate_eligibility(alone(history_of(7, told)), AUGUST)
    assert (answer.eligible, answer.doses_counted) == (True, 1)
    assert certificate_eligibility(alone(unknown_person(8)), AUGUST).reasons == ("NO-DOSE",)
