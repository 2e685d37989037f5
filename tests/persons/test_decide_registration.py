"""Registrations of reserve numbers: reported, corrected and withdrawn like doses."""

from typing import Any

import pytest

from register.doses.facts import DoseRecorded
from register.persons.facts import ReserveNumberCorrected, ReserveNumberRegistered, ReserveNumberWithdrawn
from register.persons.history import Description
from tests.doses.sentences import (
    ANNA,
    CLEO,
    NOBODY,
    PERSONAL_ROOT,
    RESERVE_ROOT,
    Identity,
    a_change,
    a_dose,
    a_registration,
    given,
    nullified,
)

EBBA = Identity(RESERVE_ROOT, "ebba", "reserve", None, None, "unknown")


def test_a_registration_says_who_the_person_is() -> None:
    register = given().when(a_registration()).then(ReserveNumberRegistered, outcome="recorded")
    assert (register.last.birth_year, register.last.sex) == (1984, "F")
    assert register.last.issuer == RESERVE_ROOT


def test_a_dose_of_a_registered_reserve_number_has_no_flag() -> None:
    assert given(a_registration()).when(a_dose(CLEO)).last.flags == ()


def test_who_registered_it_may_be_named_by_a_directorys_id() -> None:
    register = given().when(a_registration(registered_by="SE2321000222-1001, registrar"))
    assert register.last.registered_by == "SE2321000222-1001, registrar"
    assert register.decided.codes == ()


def test_the_same_registration_again_is_already_known() -> None:
    given(a_registration()).when(a_registration()).then_nothing()


def test_other_content_corrects_the_registration() -> None:
    register = given(a_registration()).when(a_registration(hour=2, birth_year="1985"))
    register.then(ReserveNumberCorrected, outcome="corrected")
    assert register.last.birth_year == 1985


def test_a_registration_written_earlier_never_overwrites_a_later_one() -> None:
    given(a_registration(hour=2)).when(a_registration(hour=1, sex="M")).then_nothing("OLDER-THAN-KNOWN")
    register = given(a_registration(hour=1), a_registration(hour=3))
    register.when(a_registration(hour=2, sex="M")).then_nothing("OLDER-THAN-KNOWN")


def test_a_withdrawn_registration_leaves_what_the_number_says() -> None:
    register = given(a_registration()).when(nullified(a_registration()))
    register.then(ReserveNumberWithdrawn, outcome="withdrawn")
    assert (register.last.birth_year, register.last.sex) == (None, "unknown")
    register.when(a_dose(CLEO)).then(DoseRecorded, codes=("RESERVE-NUMBER-NOT-REGISTERED",))


def test_a_registration_withdrawn_and_sent_again_holds_again() -> None:
    register = given(a_registration(), nullified(a_registration())).when(a_registration(hour=3))
    register.then(ReserveNumberCorrected, outcome="corrected", codes=("REINSTATED",))
    assert register.last.birth_year == 1984


def test_a_withdrawal_that_overtakes_its_registration_is_remembered() -> None:
    register = given().when(nullified(a_registration(), hour=2))
    register.then(ReserveNumberWithdrawn, outcome="withdrawn", codes=("WITHDRAWAL-BEFORE-REPORT",))
    register.when(a_registration(hour=1)).then_nothing("OLDER-THAN-KNOWN")
    register.when(a_registration(hour=3)).then(ReserveNumberRegistered, outcome="recorded")


def test_a_registration_corrected_to_another_number_leaves_the_first_person() -> None:
    register = given(a_registration(CLEO)).when(a_registration(EBBA, hour=2))
    register.then(ReserveNumberWithdrawn, ReserveNumberRegistered, outcome="corrected")
    assert register.history(CLEO).identity.held == Description()
    assert register.history(EBBA).identity.held == Description(1984, "F")


def test_of_two_registrations_the_one_written_last_describes_the_person_whichever_arrives_first() -> None:
    old = a_registration(hour=1, birth_year="1980")
    new = a_registration(hour=2, unique_reference="r2", birth_year="1990")
    for order in ((old, new), (new, old)):
        register = given(*order)
        assert register.history(CLEO).identity.held.birth_year == 1990
        assert register.last.birth_year == 1990


def test_the_population_register_stands_above_a_registration() -> None:
    register = given(a_change(CLEO, birth_year="1985", sex="M")).when(a_registration(CLEO))
    assert (register.last.birth_year, register.last.sex) == (1985, "M")
    assert (register.last.stated_birth_year, register.last.stated_sex) == (1984, "F")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"region": "99"}, "REGION-UNKNOWN"),
        ({"birth_date": "1984-13-01"}, "BIRTH-DATE-MALFORMED"),
        ({"birth_year": "84"}, "BIRTH-YEAR-MALFORMED"),
        ({"birth_year": "2022"}, "BIRTH-IN-FUTURE"),
        ({"birth_date": "2021-07-02", "birth_year": ""}, "BIRTH-IN-FUTURE"),
        ({"sex": "female"}, "SEX-MALFORMED"),
        ({"registered_on": "2021-07-02"}, "DATE-IN-FUTURE"),
    ],
)
def test_a_registration_that_cannot_be_understood_is_refused(changes: dict[str, Any], code: str) -> None:
    given().when(a_registration(**changes)).then_refused(code)


def test_only_reserve_numbers_are_registered() -> None:
    given().when(a_registration(ANNA)).then_refused("NOT-A-RESERVE-NUMBER")
    broken = a_registration(NOBODY, identity_root=PERSONAL_ROOT)
    given().when(broken).then_refused("IDENTITY-CHECK-DIGIT", "NOT-A-RESERVE-NUMBER")


def test_all_that_is_wrong_is_told_at_once_also_of_a_broken_identity() -> None:
    wrong = {
        "region": "99",
        "birth_date": "1984-13-01",
        "birth_year": "2150",
        "sex": "K",
        "registered_on": "2021-07-02",
    }
    codes = ("REGION-UNKNOWN", "BIRTH-DATE-MALFORMED", "BIRTH-IN-FUTURE", "SEX-MALFORMED", "DATE-IN-FUTURE")
    given().when(a_registration(NOBODY, **wrong)).then_refused("IDENTITY-CHECK-DIGIT", *codes)
    given().when(nullified(a_registration(NOBODY, **wrong))).then_refused("IDENTITY-CHECK-DIGIT", *codes)


@pytest.mark.parametrize(
    ("root", "region", "flagged"),
    [
        ("1.2.752.97.3.1.3", "01", False),
        ("1.2.752.97.3.1.3", "24", True),
        ("1.2.752.129.2.1.3.2", "24", False),  # several series, one of them everybody's
        (RESERVE_ROOT, "24", False),
        ("2.25.4711", "24", False),
    ],
)
def test_a_region_that_registers_in_another_regions_series_is_flagged(root: str, region: str, flagged: bool) -> None:
    register = given().when(a_registration(identity_root=root, region=region)).then(ReserveNumberRegistered)
    assert ("REGION-OTHER-SERIES" in register.last.flags) is flagged


def test_a_birth_date_corrected_within_its_year_is_a_correction() -> None:
    said = a_registration(birth_date="1984-02-29")
    register = given(said).when(a_registration(birth_date="1984-03-01", hour=2))
    register.then(ReserveNumberCorrected, outcome="corrected")
    register.when(a_registration(birth_date="1984-03-01", hour=2)).then_nothing()
    register.when(said).then_nothing("OLDER-THAN-KNOWN")
    register.when(a_registration(hour=3)).then(ReserveNumberCorrected, outcome="corrected")


def test_of_two_birth_dates_written_at_the_same_time_the_same_one_holds_whichever_arrives_first() -> None:
    one, two = a_registration(birth_date="1984-02-29"), a_registration(birth_date="1984-03-01")
    held = {tuple(given(*order).births.values()) for order in ((one, two), (two, one))}
    assert len(held) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"evidence": ""}, "EVIDENCE-MISSING"),
        ({"birth_date": "1983-12-31"}, "BIRTH-YEAR-DISAGREES"),
        ({"registered_on": "in spring"}, "REGISTERED-ON-MALFORMED"),
        ({"unique_reference": ""}, "REFERENCE-MISSING"),
        ({"evidence": "card of 19121212" + "1212"}, "TEXT-HOLDS-IDENTITY"),
    ],
)
def test_what_is_remarkable_is_registered_with_a_flag(changes: dict[str, Any], code: str) -> None:
    register = given().when(a_registration(**changes)).then(ReserveNumberRegistered, codes=(code,))
    assert register.last.flags == (code,)
    assert not any(letter.isdigit() for letter in register.last.evidence)


def test_of_registrations_written_at_the_same_time_the_same_one_holds_whichever_arrives_first() -> None:
    for other in ({}, {"unique_reference": "r2"}):
        one, two = a_registration(birth_year="1980"), a_registration(birth_year="1990", **other)
        for order in ((one, two), (two, one)):
            assert given(*order).history(CLEO).identity.held.birth_year == 1990
    said, taken_back = a_registration(), nullified(a_registration(), hour=1)
    for order in ((said, taken_back), (taken_back, said)):
        assert not given(*order).history(CLEO).identity.is_registered
