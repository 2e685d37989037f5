"""What is refused, with all its reasons, and what is recorded with a flag."""

from datetime import UTC, datetime
from typing import Any

import pytest

from register.doses.facts import DoseCorrected, DoseRecorded, DoseWithdrawn
from register.doses.history import FLAGS_AMONG_OTHERS
from register.doses.rules import AMONG_OTHERS, FLAGS, PERSON_FLAGS, REFUSES
from tests.doses.sentences import ANNA, CLEO, DAN, NOBODY, a_change, a_dose, a_registration, given, nullified

TWELVE_DIGITS = "19121212" + "1212"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"given_on": "2021-07-02"}, "DATE-IN-FUTURE"),
        ({"given_on": "1950-03-03"}, "DATE-BEFORE-BIRTH"),
        ({"given_on": ""}, "DATE-MALFORMED"),
        ({"given_on": "3/5/2021"}, "DATE-MALFORMED"),
        ({"given_on": "2021-02-29"}, "DATE-MALFORMED"),
        ({"given_on": "2021-W01-1"}, "DATE-MALFORMED"),
        ({"disease": "measles-ish"}, "DISEASE-UNKNOWN"),
        ({"disease": "", "product_name": "something new"}, "DISEASE-UNKNOWN"),
        ({"dose_number": "?"}, "DOSE-NUMBER-INVALID"),
        ({"dose_number": "0"}, "DOSE-NUMBER-INVALID"),
        ({"dose_number": "100"}, "DOSE-NUMBER-INVALID"),
        ({"dose_number": "1.5"}, "DOSE-NUMBER-INVALID"),
        ({"dose_number": "²"}, "DOSE-NUMBER-INVALID"),
    ],
)
def test_a_report_that_cannot_be_understood_is_refused(changes: dict[str, Any], code: str) -> None:
    given().when(a_dose(**changes)).then_refused(code)


def test_a_dose_is_refused_only_when_its_day_has_not_begun_in_sweden() -> None:
    late_evening = datetime(2021, 5, 2, 22, 30, tzinfo=UTC)  # half past midnight on 3 May in Sweden
    given(now=late_evening).when(a_dose(given_on="2021-05-03")).then(DoseRecorded)
    given(now=late_evening).when(a_dose(given_on="2021-05-04")).then_refused("DATE-IN-FUTURE")


def test_a_person_of_whom_only_the_year_of_birth_is_known_was_born_before_the_year_was_over() -> None:
    given().when(a_dose(DAN, given_on="1998-12-31")).then_refused("DATE-BEFORE-BIRTH")
    given().when(a_dose(DAN, given_on="1999-01-01")).then(DoseRecorded)


def test_a_refusal_names_all_broken_rules_at_once() -> None:
    report = a_dose(NOBODY, given_on="2022-01-01", disease="?", dose_number="0")
    given().when(report).then_refused(
        "IDENTITY-CHECK-DIGIT", "DATE-IN-FUTURE", "DISEASE-UNKNOWN", "DOSE-NUMBER-INVALID"
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"product_name": "Sputnik"}, "PRODUCT-UNKNOWN"),
        ({"given_on": "2020-12-01"}, "PRODUCT-NOT-YET-APPROVED"),
        ({"batch": ""}, "BATCH-MISSING"),
        ({"batch": "B" * 81}, "BATCH-TOO-LONG"),
        ({"care_unit_municipality": "9999"}, "MUNICIPALITY-UNKNOWN"),
        ({"care_provider": "the clinic"}, "CARE-PROVIDER-MALFORMED"),
        ({"unique_reference": TWELVE_DIGITS}, "REFERENCE-IS-IDENTITY"),
        ({"unique_reference": ""}, "REFERENCE-MISSING"),
        ({"system_name": ""}, "SYSTEM-NAME-MISSING"),
        ({"reported_at": datetime(2021, 8, 1, tzinfo=UTC)}, "REPORTED-IN-FUTURE"),
    ],
)
def test_what_is_remarkable_is_recorded_with_a_flag(changes: dict[str, Any], code: str) -> None:
    register = given().when(a_dose(**changes)).then(DoseRecorded, outcome="recorded", codes=(code,))
    assert register.last.flags == (code,)


def test_a_batch_that_is_too_long_is_kept_whole() -> None:
    assert given().when(a_dose(batch="B" * 300)).last.batch == "B" * 300


def test_an_unknown_product_is_kept_as_written() -> None:
    assert given().when(a_dose(product_name=" Sputnik V ")).last.product == "Sputnik V"


def test_the_disease_is_that_of_the_product_if_none_is_named() -> None:
    assert given().when(a_dose(disease="")).last.disease == "COVID19"


@pytest.mark.parametrize("name", ["batch", "setting", "campaign", "care_unit", "care_unit_municipality"])
def test_an_identity_number_in_free_text_is_starred_out_and_flagged(name: str) -> None:
    register = given().when(a_dose(**{name: f"son of {TWELVE_DIGITS}"}))
    register.then(DoseRecorded, codes=("TEXT-HOLDS-IDENTITY",))
    assert getattr(register.last, name) == "son of ************"


def test_an_identity_number_as_the_name_of_an_unknown_product_is_starred_out() -> None:
    register = given().when(a_dose(product_name=TWELVE_DIGITS)).then(DoseRecorded, codes=("TEXT-HOLDS-IDENTITY",))
    assert TWELVE_DIGITS not in register.last.product


def test_a_dose_too_soon_after_the_one_before_is_flagged_whichever_is_reported_first() -> None:
    early, late = a_dose(), a_dose(unique_reference="2", given_on="2021-05-20", hour=2)
    given(early).when(late).then(DoseRecorded, codes=("INTERVAL-SHORT",))
    register = given(late).when(early).then(DoseCorrected, DoseRecorded)
    assert {told.content.given_on.day for told in register.history().doses.told.values() if told.flags} == {20}


def test_the_interval_is_the_products_own() -> None:
    given(a_dose()).when(a_dose(unique_reference="2", given_on="2021-05-22")).then(DoseRecorded)
    register = given(a_dose()).when(a_dose(unique_reference="2", given_on="2021-05-21"))
    register.then(DoseRecorded, codes=("INTERVAL-SHORT",))


def test_a_dose_after_death_is_flagged_not_refused() -> None:
    died = a_change(ANNA, event="died", on="2021-05-01")
    given(died).when(a_dose(ANNA)).then(DoseRecorded, codes=("GIVEN-AFTER-DEATH",))


def test_a_dose_before_the_registered_birth_year_is_flagged_not_refused() -> None:
    born = a_registration(CLEO, birth_year="2021")
    given(born).when(a_dose(CLEO, given_on="2020-12-31")).then(DoseRecorded, codes=("GIVEN-BEFORE-BIRTH-YEAR",))


def test_no_code_stands_twice_in_the_tables() -> None:
    codes = [rule.code for table in (REFUSES, FLAGS, PERSON_FLAGS, AMONG_OTHERS) for rule in table]
    assert len(codes) == len(set(codes))


def test_a_record_is_kept_without_the_flags_that_come_of_other_doses() -> None:
    assert {rule.code for rule in AMONG_OTHERS} <= FLAGS_AMONG_OTHERS
    register = given(a_dose()).when(a_dose(unique_reference="2", given_on="2021-05-20"))
    register.when(nullified(a_dose())).then(DoseWithdrawn, DoseCorrected)
    assert register.last.flags == ()
