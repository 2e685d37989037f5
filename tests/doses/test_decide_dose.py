"""What becomes of dose reports, one after the other."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from register.decision import Decision
from register.doses.facts import (
    DoseCorrected,
    DoseRecorded,
    DoseReinstated,
    DoseSourceAdded,
    DoseSourceChanged,
    DoseSourceWithdrawn,
    DoseWithdrawn,
)
from tests.doses.sentences import (
    ANNA,
    BO,
    CLEO,
    NOW,
    Report,
    a_change,
    a_delivery,
    a_dose,
    a_registration,
    given,
    nullified,
    without_reference,
)


def test_a_dose_that_nobody_had_reported_is_recorded() -> None:
    register = given().when(a_dose()).then(DoseRecorded, outcome="recorded")
    assert register.facts[0].NAME == "PersonIdentified.v1"
    assert register.true_doses() == {("2021-05-03", "Comirnaty", True, 1)}


def test_the_same_report_again_is_already_known() -> None:
    given(a_dose()).when(a_dose()).then_nothing()


def test_the_same_content_written_later_changes_no_dose_but_is_remembered() -> None:
    register = given(a_dose(hour=1)).when(a_dose(hour=3)).then(DoseSourceChanged, outcome="already-known")
    register.when(a_dose(hour=2, batch="old")).then_nothing("OLDER-THAN-KNOWN")


def test_other_content_for_the_same_reference_corrects_the_dose() -> None:
    register = given(a_dose()).when(a_dose(hour=2, batch="X1")).then(DoseCorrected, outcome="corrected")
    assert register.last.batch == "X1"


def test_a_report_written_earlier_never_overwrites_a_later_one() -> None:
    register = given(a_dose(hour=2, batch="X1")).when(a_dose(hour=1)).then_nothing("OLDER-THAN-KNOWN")
    [told] = register.history().doses.told.values()
    assert told.content.batch == "X1"


def test_of_two_reports_written_at_the_same_time_the_one_that_arrives_last_holds() -> None:
    given(a_dose()).when(a_dose(batch="X1")).then(DoseCorrected, outcome="corrected")


def test_a_correction_to_another_day_or_product_keeps_the_dose() -> None:
    register = given(a_dose())
    first = register.last.dose_id
    register.when(a_dose(hour=2, given_on="2021-05-04", product_name="moderna")).then(DoseCorrected)
    assert register.last.dose_id == first
    assert register.true_doses() == {("2021-05-04", "Spikevax", True, 1)}


def test_a_nullified_dose_is_withdrawn_with_its_reason() -> None:
    register = given(a_dose()).when(nullified(a_dose())).then(DoseWithdrawn, outcome="withdrawn")
    assert register.last.reason == "entered in error"
    assert register.true_doses() == set()


def test_a_nullification_needs_no_more_than_the_reference_and_the_person() -> None:
    bare = nullified(a_dose(given_on="", disease="", product_name="", dose_number="?"))
    given(a_dose()).when(bare).then(DoseWithdrawn, outcome="withdrawn")


def test_a_nullification_sent_again_is_already_known() -> None:
    given(a_dose(), nullified(a_dose())).when(nullified(a_dose())).then_nothing()


def test_a_dose_nullified_and_sent_again_is_reinstated_under_its_old_id() -> None:
    register = given(a_dose())
    first = register.last.dose_id
    register.when(nullified(a_dose())).when(a_dose(hour=3))
    register.then(DoseReinstated, outcome="corrected", codes=("REINSTATED",))
    assert register.last.dose_id == first


def test_a_nullification_that_overtakes_its_report_is_remembered() -> None:
    register = given().when(nullified(a_dose(), hour=2))
    register.then(DoseSourceWithdrawn, outcome="withdrawn", codes=("WITHDRAWAL-BEFORE-REPORT",))
    register.when(a_dose(hour=1)).then_nothing("OLDER-THAN-KNOWN")
    register.when(a_dose(hour=3)).then(DoseRecorded, outcome="recorded")


def test_a_dose_nullified_twice_is_not_brought_back_by_a_report_written_in_between() -> None:
    register = given(a_dose(hour=1), nullified(a_dose(), hour=2), nullified(a_dose(), hour=4))
    register.when(a_dose(hour=3)).then_nothing("OLDER-THAN-KNOWN")
    assert register.true_doses() == set()


def test_the_same_dose_reported_by_two_systems_is_one_dose_with_two_sources() -> None:
    register = given(a_dose()).when(a_dose(system_name="Journal B", unique_reference="b"))
    register.then(DoseSourceAdded, outcome="recorded")
    assert register.true_doses() == {("2021-05-03", "Comirnaty", True, 2)}


def test_withdrawing_one_source_leaves_the_other() -> None:
    other = a_dose(system_name="Journal B", unique_reference="b", batch="B9")
    register = given(a_dose(), other).when(nullified(a_dose()))
    register.then(DoseSourceWithdrawn, DoseCorrected, outcome="withdrawn")
    assert register.last.batch == "B9"
    assert register.true_doses() == {("2021-05-03", "Comirnaty", True, 1)}
    register.when(nullified(other)).then(DoseWithdrawn, outcome="withdrawn")
    assert register.true_doses() == set()


def test_a_product_that_no_list_knows_is_the_same_in_every_spelling() -> None:
    other = a_dose(system_name="Journal B", unique_reference="b", product_name="COVAXIN  x")
    given(a_dose(product_name="Covaxin x")).when(other).then(DoseSourceAdded, outcome="recorded")


def test_a_source_that_does_not_lead_changes_nothing_that_is_told_of_the_dose() -> None:
    other = a_dose(system_name="Journal B", unique_reference="b")
    later = a_dose(system_name="Journal B", unique_reference="b", hour=2, batch="B9")
    register = given(a_dose(), other).when(later).then(DoseSourceChanged, outcome="corrected")
    [told] = register.history().doses.told.values()
    assert told.content.batch == "EW2239"


def test_one_of_two_sources_corrected_to_another_day_becomes_a_dose_of_its_own() -> None:
    other = a_dose(system_name="Journal B", unique_reference="b")
    register = given(a_dose(), other).when(a_dose(hour=2, given_on="2021-05-30"))
    register.then(DoseSourceWithdrawn, DoseCorrected, DoseRecorded, outcome="corrected")
    assert register.last.cause == "corrected"
    assert register.true_doses() == {
        ("2021-05-03", "Comirnaty", True, 1),
        ("2021-05-30", "Comirnaty", True, 1),
    }


def test_a_dose_corrected_into_another_becomes_its_source() -> None:
    second = a_dose(unique_reference="2", system_name="Journal B", given_on="2021-06-01")
    register = given(a_dose(), second).when(a_dose(hour=2, given_on="2021-06-01"))
    register.then(DoseWithdrawn, DoseSourceAdded, outcome="corrected")
    assert register.true_doses() == {("2021-06-01", "Comirnaty", True, 2)}


def test_one_system_that_names_a_dose_twice_is_flagged() -> None:
    register = given(a_dose()).when(a_dose(unique_reference="2"))
    register.then(DoseSourceAdded, codes=("SAME-SYSTEM-TWICE",))
    assert register.true_doses() == {("2021-05-03", "Comirnaty", True, 2)}


def test_two_senders_whose_systems_share_a_name_are_two_systems() -> None:
    register = given(a_dose()).when(replace(a_dose(unique_reference="2"), sender="another"))
    register.then(DoseSourceAdded)
    assert register.decided.codes == ()


def test_two_doses_on_two_days_are_two_doses() -> None:
    register = given(a_dose()).when(a_dose(unique_reference="2", given_on="2021-06-01"))
    register.then(DoseRecorded, outcome="recorded")
    assert len(register.true_doses()) == 2


def test_two_references_with_two_products_on_a_day_are_two_doses() -> None:
    register = (
        given(a_dose()).when(a_dose(unique_reference="2", product_name="Spikevax")).then(DoseCorrected, DoseRecorded)
    )
    assert {counted for _, _, counted, _ in register.true_doses()} == {True}


def test_without_a_reference_the_same_content_again_is_already_known() -> None:
    given(without_reference(a_dose())).when(without_reference(a_dose())).then_nothing()


def test_without_a_reference_a_second_dose_on_the_same_day_is_a_suspected_duplicate() -> None:
    register = given(without_reference(a_dose()))
    first = register.last.dose_id
    register.when(without_reference(a_dose(hour=2, batch="X1")))
    register.then(DoseRecorded, outcome="recorded", codes=("SUSPECTED-DUPLICATE", "REFERENCE-MISSING"))
    assert register.last.suspected_duplicate_of == first
    assert register.true_doses() == {
        ("2021-05-03", "Comirnaty", True, 1),
        ("2021-05-03", "Comirnaty", False, 1),
    }


def test_without_a_reference_another_product_on_the_same_day_is_a_suspected_duplicate() -> None:
    register = given(a_dose()).when(without_reference(a_dose(hour=2, product_name="Spikevax")))
    register.then(DoseRecorded, codes=("SUSPECTED-DUPLICATE",))


def test_a_suspected_duplicate_counts_when_the_dose_that_it_repeats_goes_away() -> None:
    register = given(a_dose(), without_reference(a_dose(hour=2, product_name="Spikevax")))
    register.when(nullified(a_dose(), hour=3)).then(DoseWithdrawn, DoseCorrected, outcome="withdrawn")
    assert register.last.suspected_duplicate_of is None
    assert register.true_doses() == {("2021-05-03", "Spikevax", True, 1)}


def test_without_a_reference_the_same_dose_from_another_system_is_a_second_source() -> None:
    register = given(a_dose()).when(without_reference(a_dose(hour=2, system_name="Journal B")))
    register.then(DoseSourceAdded)
    assert register.true_doses() == {("2021-05-03", "Comirnaty", True, 2)}


def test_a_record_corrected_to_another_person_leaves_the_first_and_reaches_the_second() -> None:
    register = given(a_dose(ANNA)).when(a_dose(BO, hour=2)).then(DoseWithdrawn, DoseRecorded, outcome="corrected")
    assert {fact.cause for fact in register.facts if isinstance(fact, DoseWithdrawn)} == {"corrected"}
    assert register.last.cause == "corrected"
    assert register.true_doses(ANNA) == set()
    assert register.true_doses(BO) == {("2021-05-03", "Comirnaty", True, 1)}


def test_a_record_moved_to_another_person_and_back_is_reinstated() -> None:
    register = given(a_dose(ANNA), a_dose(BO, hour=2)).when(a_dose(ANNA, hour=3))
    register.then(DoseWithdrawn, DoseReinstated, outcome="corrected")
    assert register.true_doses(BO) == set()
    assert register.true_doses(ANNA) == {("2021-05-03", "Comirnaty", True, 1)}


def test_a_report_about_the_former_person_written_earlier_moves_nothing_back() -> None:
    given(a_dose(ANNA), a_dose(BO, hour=3)).when(a_dose(ANNA, hour=2)).then_nothing("OLDER-THAN-KNOWN")


def test_a_nullification_finds_its_record_whomever_it_names() -> None:
    register = given(a_dose(ANNA)).when(nullified(a_dose(BO))).then(DoseWithdrawn, outcome="withdrawn")
    assert register.true_doses(ANNA) == set()


def test_a_record_taken_back_may_come_again_about_another_person() -> None:
    register = given(a_dose(ANNA), nullified(a_dose(ANNA))).when(a_dose(BO, hour=3))
    register.then(DoseRecorded, outcome="corrected", codes=("REINSTATED",))
    assert register.last.cause == "reinstated"


def test_a_dose_of_an_unregistered_reserve_number_is_recorded_with_a_flag() -> None:
    register = given().when(a_dose(CLEO)).then(DoseRecorded, codes=("RESERVE-NUMBER-NOT-REGISTERED",))
    assert register.last.flags == ("RESERVE-NUMBER-NOT-REGISTERED",)


@pytest.mark.parametrize("a_report", [a_dose, a_registration, a_delivery, a_change])
def test_a_report_from_a_clock_that_is_a_century_ahead_can_be_corrected(a_report: Callable[..., Report]) -> None:
    in_2121 = datetime(2121, 7, 1, tzinfo=UTC)
    register = given(a_report(reported_at=in_2121))
    assert register.last.reported_at == NOW
    register.now = NOW + timedelta(hours=2)
    other = {a_dose: "batch", a_registration: "registered_by", a_delivery: "unit", a_change: "deso"}[a_report]
    changed = "2480A0020" if a_report is a_change else "X1"
    register.when(a_report(reported_at=NOW + timedelta(hours=1), **{other: changed}))
    assert isinstance(register.decided, Decision)
    assert register.decided.outcome == "corrected"
