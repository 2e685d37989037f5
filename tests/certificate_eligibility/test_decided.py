"""Right after a link both numbers lead to all doses, before any table of doses has followed."""

from datetime import date
from typing import Any

import pytest

from connectors.person.doses import doses_of
from projections.certificate_eligibility.query import certificate_eligibility
from register.identities.number import Identity
from register.links.person import person_with
from register.people import Person
from register.store import open_recorder, stored
from tests.access.conftest import register
from tests.access.people import Register
from tests.doses.sentences import ANNA, CLEO, a_change, a_dose, a_link, a_registration, given

__all__ = ["register"]
DAY = date(2021, 7, 15)


@pytest.fixture
def decided(register: Register) -> Any:
    """Anna and Cleo, who has a reserve number, with a dose each; linked if asked, and not projected at all."""

    def person(who: Identity, *words: Any, grade: str = "") -> Person:
        said = given(a_registration(), a_dose(CLEO, given_on="2021-03-01"))
        said.when(a_dose(unique_reference="2", given_on="2021-04-12", care_unit="SE9"), *words)
        if grade:
            said.when(a_change(event="protected", on="2021-05-01", protection=grade, hour=5))
        ids = {one: said.history(one).person_id for one in (ANNA, CLEO)}
        if words:
            register.links(ids[ANNA], ids[CLEO])
        recorder = open_recorder(register.database_url)
        recorder.insert_events([stored(fact) for fact in said.facts])
        recorder.datastore.close()
        return person_with(register.conn, ids[who])

    return person


@pytest.mark.parametrize("who", [ANNA, CLEO], ids=["kept", "absorbed"])
def test_a_link_that_is_not_projected_yet_gives_both_numbers_the_same_certificate(decided: Any, who: Identity) -> None:
    answer = certificate_eligibility(decided(who, a_link(hour=3)), DAY)
    assert (answer.eligible, answer.doses_counted) == (True, 2)


@pytest.mark.parametrize("who", [ANNA, CLEO], ids=["one", "other"])
def test_without_a_link_each_number_has_its_own_dose(decided: Any, who: Identity) -> None:
    answer = certificate_eligibility(decided(who), DAY)
    assert (answer.reasons, answer.doses_counted) == (("SERIES-NOT-COMPLETE",), 1)


def test_who_gives_care_sees_by_either_number_every_dose_by_the_day_given(decided: Any) -> None:
    found = doses_of(decided(CLEO, a_link(hour=3)))
    assert [dose.given_on for dose in found] == [date(2021, 3, 1), date(2021, 4, 12)]
    assert found[1].care_unit == "SE9"


def test_of_a_protected_person_no_unit_is_shown_whichever_number_is_asked_for(decided: Any) -> None:
    found = doses_of(decided(CLEO, a_link(hour=3), grade="sekretessmarkering"))
    assert {(dose.care_provider, dose.care_unit, dose.care_unit_municipality) for dose in found} == {(None, None, None)}
