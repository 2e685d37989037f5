"""The definition files, as read."""

from dataclasses import FrozenInstanceError
from datetime import date

import pytest

from register import definitions


@pytest.mark.parametrize(
    "written", ["Comirnaty", "COMIRNATY", " comirnaty  (Pfizer/BioNTech) ", "EU/1/20/1528", "bnt162b2"]
)
def test_a_product_is_found_by_its_name_its_eu_number_and_its_spellings_whatever_the_case(written: str) -> None:
    found = definitions.product_named(written)
    assert found is not None
    assert (found.number, found.name) == (1, "Comirnaty")


@pytest.mark.parametrize("written", ["", "   ", "Comirnaty 2", "unknown"])
def test_a_product_that_the_list_does_not_know_is_no_product(written: str) -> None:
    assert definitions.product_named(written) is None


def test_a_disease_is_found_by_its_code_and_its_names() -> None:
    assert [definitions.disease_named(word) for word in ("covid19", "Covid-19", "measles of 1910")] == [
        definitions.diseases()[0],
        definitions.diseases()[0],
        None,
    ]


def test_product_numbers_are_unique_and_leave_zero_for_the_unknown() -> None:
    numbers = [product.number for product in definitions.products()]
    assert len(set(numbers)) == len(numbers)
    assert definitions.UNKNOWN not in numbers


def test_no_spelling_names_two_products() -> None:
    words = [
        word.casefold()
        for product in definitions.products()
        for word in {product.name.casefold(), product.eu_number.casefold(), *product.npl_ids, *product.spellings}
    ]
    assert len(set(words)) == len(words)


def test_every_product_and_rule_is_about_a_disease_of_the_list() -> None:
    codes = {disease.code for disease in definitions.diseases()}
    assert {product.disease for product in definitions.products()} <= codes
    assert {rule.disease for rule in definitions.counting_rules()} <= codes
    assert {rule.disease for rule in definitions.certificate_rules()} <= codes


def test_the_certificate_rule_in_force_depends_on_the_day() -> None:
    assert definitions.certificate_rule("COVID19", date(2021, 6, 30)) is None
    rule = definitions.certificate_rule("COVID19", date(2021, 7, 1))
    assert rule is not None
    assert rule.days_after_series == 14


def test_settings_are_dated_and_an_unknown_one_is_an_error() -> None:
    assert definitions.late_after_days() == ((date(2020, 12, 27), 7),)
    assert definitions.dead_leave_from() == date(2022, 2, 3)
    with pytest.raises(definitions.UnknownDefinition):
        definitions.dated("nothing")


def test_definitions_cannot_be_changed_at_run_time() -> None:
    with pytest.raises(FrozenInstanceError):
        definitions.products()[0].name = "other"  # type: ignore[misc]
