"""Which of a person's doses a region calls its own: what it reported or gave, wherever anybody lives or moves."""

from datetime import date

import pytest

from connectors.person.ours import is_own, reported_by
from projections.people.query import PersonDose
from register.access import Reader
from tests.doses.sentences import a_dose, given, nullified

UMEA, STOCKHOLM = "2480", "0180"
NORTH = Reader("r-24", "region", "quality", region="24", sender="sender", organisation="232100-0222")
EAST = Reader("r-01", "region", "quality", region="01", sender="east", organisation="232100-0016")


def a_shown_dose(
    dose_id: int = 5, municipality: str | None = UMEA, provider: str | None = "556000-0000", lives: int = 2480
) -> PersonDose:
    hidden = municipality is None
    return PersonDose(
        dose_id=dose_id,
        given_on=date(2021, 5, 3),
        disease=1,
        product=1,
        product_as_written=None,
        dose_number=None,
        batch="",
        suspected_duplicate_of=None,
        care_provider=provider,
        care_unit=None,
        care_unit_municipality=municipality,
        setting="",
        campaign="",
        birth_year=1950,
        sex=2,
        area_at_vaccination=None if hidden else lives,
        deso_at_vaccination=None,
        area_now=None if hidden else lives,
        deso_now=None,
        alive=True,
        protection="3" if hidden else "",
    )


@pytest.mark.parametrize("lives", [2480, 180])
def test_it_is_the_unit_s_region_that_counts_and_not_where_the_person_lives(lives: int) -> None:
    assert is_own(a_shown_dose(lives=lives), set(), NORTH)
    assert not is_own(a_shown_dose(lives=lives), set(), EAST)


def test_a_dose_whose_unit_turns_out_to_lie_elsewhere_stays_that_of_who_reported_it() -> None:
    corrected = a_shown_dose(municipality=STOCKHOLM)
    assert is_own(corrected, {5}, NORTH)
    assert is_own(corrected, set(), EAST)
    assert not is_own(corrected, set(), NORTH)


def test_a_dose_is_the_region_s_whose_organisation_gave_it() -> None:
    assert is_own(a_shown_dose(municipality="", provider="232100-0222"), set(), NORTH)
    assert not is_own(a_shown_dose(municipality="", provider=""), set(), Reader("x", "region", "quality", region="24"))


def test_of_a_protected_person_a_region_has_what_it_reported_and_learns_of_no_place() -> None:
    hidden = a_shown_dose(municipality=None, provider=None)
    assert is_own(hidden, {5}, NORTH)
    assert not is_own(hidden, set(), NORTH)


def test_what_a_sender_reported_is_known_by_its_standing_records() -> None:
    register = given(a_dose(), a_dose(unique_reference="2", given_on="2021-06-14"))
    first, second = (
        register.history().doses.records[register.record_key(one)] for one in (a_dose(), a_dose(unique_reference="2"))
    )
    assert reported_by(register.history(), "sender") == {first.dose_id, second.dose_id}
    assert reported_by(register.history(), "east") == reported_by(register.history(), "") == set()
    register.when(nullified(a_dose()))
    assert reported_by(register.history(), "sender") == {second.dose_id}
