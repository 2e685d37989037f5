"""A person's extract: every dose with its sources and old values, who the person is, and links; places masked."""

from dataclasses import replace
from datetime import date

import pytest

from register import definitions, hidden_fields
from register.definitions import Protection
from register.extract import Extract, extract, partners
from register.identities.number import Identity
from register.ids import show_id
from tests.doses.sentences import (
    ANNA,
    CLEO,
    Register,
    Report,
    a_change,
    a_dose,
    a_link,
    a_registration,
    an_unlink,
    given,
    nullified,
)


def extract_of(register: Register, who: Identity = ANNA) -> Extract:
    members = [history.person_id for history in register.person(who).members]
    return extract({one: [fact for fact in register.facts if fact.person_id == one] for one in members})  # type: ignore[misc, union-attr]


def test_a_correction_keeps_the_old_value_beside_the_new_one() -> None:
    [dose] = extract_of(given(a_dose(), a_dose(batch="EX9", hour=2))).doses
    assert dose.content["batch"] == "EX9"
    changes = {(change.field, change.old, change.new) for told in dose.told for change in told.changes}
    assert changes == {("batch", "EW2239", "EX9")}


def test_every_source_of_a_dose_is_told_with_its_sender_system_and_receipt() -> None:
    [dose] = extract_of(given(a_dose(), a_dose(system_name="Journal B", unique_reference="9"))).doses
    assert [told.system_name for told in dose.told] == ["Journal A", "Journal B"]
    assert [told.receipt for told in dose.told] == ["sender-0-0", "sender-0-1"]


def test_a_dose_that_was_taken_back_stays_in_the_extract_with_the_reason() -> None:
    [dose] = extract_of(given(a_dose()).when(nullified(a_dose()))).doses
    assert not dose.true
    assert (dose.told[-1].cause, dose.told[-1].reason) == ("withdrawn", "entered in error")
    assert dose.content["product"] == "Comirnaty"


def test_a_linked_person_has_one_extract_with_the_history_of_both() -> None:
    register = given(a_registration(), a_dose(CLEO, system_name="Journal B"), a_link())
    found = extract_of(register)
    assert found.identities == tuple(show_id(register.history(who).person_id) for who in (ANNA, CLEO))
    [dose] = found.doses
    assert dose.true
    assert [(told.what, told.cause) for told in dose.told] == [
        ("DoseRecorded", "reported"),
        ("DoseWithdrawn", "linked"),
        ("DoseRecorded", "linked"),
    ]
    [link] = found.links
    assert (link.what, link.evidence, link.by) == ("IdentitiesLinked", "passport seen", "registrar, region 24")


def test_a_registration_corrected_in_its_birth_date_tells_the_old_one_and_the_new_one() -> None:
    register = given(a_registration(birth_date="1984-02-29"), a_registration(birth_date="1984-03-01", sex="", hour=2))
    days = {"sender-0-0": date(1984, 2, 29), "sender-0-1": date(1984, 3, 1)}
    person_id = register.history(CLEO).person_id
    for more in ([], [a_change(CLEO, event="protected", on="2021-03-01", protection="SM")]):
        register.when(*more)
        told = extract({person_id: register.facts}, births=days).told  # type: ignore[dict-item]
        [corrected] = [one for one in told if one.what == "ReserveNumberCorrected"]
        changes = {change.field: (change.old, change.new) for change in corrected.changes}
        assert changes["stated_birth_date"] == ("1984-02-29", "1984-03-01")
        assert changes["stated_sex"] == ("F", "unknown")
        assert "reported_at" not in changes


def test_the_end_of_a_link_that_never_was_is_told_as_such() -> None:
    def told(*said: Report) -> list[str]:
        return [link.what for link in _of_all(given(a_dose(), *said)).links]

    assert told(an_unlink()) == ["IdentitiesNeverLinked"]
    assert told(a_link(), an_unlink()) == ["IdentitiesLinked", "IdentitiesUnlinked"]


def _of_all(register: Register) -> Extract:
    everybody = [history.person_id for history in register.people.values()]
    return extract({one: [fact for fact in register.facts if fact.person_id == one] for one in everybody})  # type: ignore[misc, union-attr]


def test_after_an_unlink_each_has_their_own_extract_and_nothing_of_the_other() -> None:
    register = given(a_dose(CLEO, care_unit="SE-CLEO"), a_dose(unique_reference="2", given_on="2021-06-14"), a_link())
    register.when(a_dose(CLEO, unique_reference="3", given_on="2021-06-20", hour=2, care_unit="SE-CLEO"))
    register.when(an_unlink(hour=5))
    assert [(dose.content["given_on"], dose.true) for dose in extract_of(register, CLEO).doses] == [
        ("2021-05-03", True),
        ("2021-06-20", True),
    ]
    annas = extract_of(register)
    assert [(dose.content["given_on"], dose.true) for dose in annas.doses] == [("2021-06-14", True)]
    assert "SE-CLEO" not in repr(annas)


def test_that_two_were_one_is_told_only_of_whom_it_may_be_known() -> None:
    register = given(a_dose(CLEO), a_link()).when(a_change(CLEO, event="protected", on="2021-05-01", protection="FP"))
    cleo = register.history(CLEO).person_id
    mine = register.history(ANNA).person_id
    facts = [fact for fact in register.facts if fact.person_id == mine]  # type: ignore[union-attr]
    assert cleo in partners(facts)  # type: ignore[arg-type]
    assert extract({mine: facts}).links == ()  # type: ignore[dict-item]
    assert show_id(cleo) not in repr(extract({mine: facts}))  # type: ignore[dict-item]
    assert len(extract({mine: facts}, with_others={cleo}).links) == 2  # type: ignore[dict-item]


def test_of_a_protected_person_no_place_is_told_not_even_an_old_one() -> None:
    register = given(a_change(), a_dose(), a_dose(care_unit="SE-OTHER", hour=2), a_registration(), a_link()).when(
        a_change(event="protected", on="2021-05-01", protection="sekretessmarkering", hour=3)
    )
    found = extract_of(register)
    text = repr(found)
    assert found.protection == "confidentiality-marking"
    hidden = ("2480", "SE-OTHER", "SE2321000016-1003", "0180", "232100-0016", "Journal A", "sender-0-0", "desk 3")
    assert [place for place in hidden if place in text] == []


PLACES = {
    "care_unit": "SE-UNIT",
    "care_provider": "SE-PROVIDER",
    "care_unit_municipality": "0114",
    "setting": "gymnastiksal",
    "campaign": "buss 4",
}


def grade_that(masks_unit: bool, masks_municipality: bool, masks_deso: bool) -> Protection:
    masks = {"masks_unit": masks_unit, "masks_municipality": masks_municipality, "masks_deso": masks_deso}
    return replace(definitions.protections()[0], **masks)


@pytest.mark.parametrize(
    ("masks", "hidden"),
    [
        ((True, False, False), {*PLACES}),
        ((False, True, False), {*PLACES, "municipality", "deso"}),
        ((False, False, True), {"deso"}),
        ((True, True, True), {*PLACES, "municipality", "deso"}),
        ((False, False, False), set()),
    ],
)
def test_the_extract_hides_of_each_grade_what_every_other_output_hides(
    monkeypatch: pytest.MonkeyPatch, masks: tuple[bool, bool, bool], hidden: set[str]
) -> None:
    monkeypatch.setattr(definitions, "protection_named", lambda _: grade_that(*masks))
    assert hidden_fields.hidden_fields("new") == hidden
    home = a_change(municipality="2480", deso="2480C1010")
    found = extract_of(given(home, a_dose(**PLACES), a_change(event="protected", protection="new", hour=3)))
    [dose] = found.doses
    assert {name for name in PLACES if not dose.content.get(name)} == hidden & PLACES.keys()
    text = repr(found)
    assert {name for name, said in PLACES.items() if said not in text} == hidden & PLACES.keys()
    assert ("2480C1010" in text) == ("deso" not in hidden)
    assert ("'2480'" in text) == ("municipality" not in hidden)
    homes = [(home.municipality, home.deso) for home in found.residences]
    assert homes == ([] if "municipality" in hidden else [("2480", "" if "deso" in hidden else "2480C1010")])


def test_who_the_person_is_comes_with_what_was_told() -> None:
    found = extract_of(
        given(a_change(birth_date="1950-03-04", sex="F"), a_change(event="died", on="2021-06-01", hour=2))
    )
    assert (found.birth_year, found.sex, str(found.died_on)) == (1950, "F", "2021-06-01")
    assert [told.what for told in found.told] == ["PersonRegistered", "PersonDied"]
    assert [(str(home.on), home.municipality) for home in found.residences] == [("2021-01-01", "2480")]
