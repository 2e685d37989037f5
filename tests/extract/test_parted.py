"""After a link has ended, however it ended, nobody's extract tells of the other; before, of both."""

import pytest

from register.extract import Extract
from register.identities.number import Identity
from register.ids import show_id
from tests.doses.sentences import (
    ANNA,
    BO,
    CLEO,
    DAN,
    Report,
    a_change,
    a_dose,
    a_link,
    an_unlink,
    given,
    nullified,
)
from tests.extract.test_extract import extract_of


def doses(found: Extract) -> list[tuple[str, bool]]:
    return [(dose.content["given_on"], dose.true) for dose in found.doses]


ANNAS = a_dose(care_unit="SE-ANNA", unique_reference="a", given_on="2021-01-11")
BOS = a_dose(BO, care_unit="SE-BO", unique_reference="b", given_on="2021-05-02", batch="BO1")
CLEOS = a_dose(CLEO, care_unit="SE-CLEO", unique_reference="c", given_on="2021-05-03", batch="CLEO1")
DANS = a_dose(DAN, care_unit="SE-DAN", unique_reference="d", given_on="2021-05-04", batch="DAN1")


@pytest.mark.parametrize(
    "links",
    [
        [a_link(ANNA, CLEO, 2), an_unlink(ANNA, CLEO, 9)],
        [a_link(ANNA, CLEO, 2), a_link(CLEO, ANNA, 3), an_unlink(ANNA, CLEO, 9)],
        [a_link(CLEO, ANNA, 2), a_link(ANNA, CLEO, 3), an_unlink(CLEO, ANNA, 9)],
        [a_link(ANNA, CLEO, 2), a_link(CLEO, ANNA, 3), a_link(ANNA, CLEO, 4), an_unlink(ANNA, CLEO, 9)],
    ],
    ids=["a link", "turned round", "turned to the younger identity", "turned round twice"],
)
def test_of_two_who_were_linked_each_has_their_own_doses_whichever_kept_them_last(links: list[Report]) -> None:
    register = given(ANNAS, CLEOS).when(*links)
    annas, cleos = extract_of(register), extract_of(register, CLEO)
    assert (doses(annas), doses(cleos)) == ([("2021-01-11", True)], [("2021-05-03", True)])
    assert [word for word in ("SE-CLEO", "CLEO1") if word in repr(annas)] == []
    assert [word for word in ("SE-ANNA", "2021-01-11") if word in repr(cleos)] == []


DAN_IS_SECRET = a_change(
    DAN, 6, event="protected", on="2021-06-20", protection="assumed-identity", municipality="", deso=""
)


@pytest.mark.parametrize(
    "then",
    [
        [a_dose(CLEO, 7, unique_reference="d", care_unit="SE-C"), a_link(ANNA, CLEO, 8)],
        [a_dose(ANNA, 7, unique_reference="d", care_unit="SE-A")],
    ],
    ids=["somebody linked later", "oneself"],
)
def test_a_record_that_was_a_secret_identitys_tells_nothing_of_it_when_its_sender_names_another(
    then: list[Report],
) -> None:
    register = given(a_change(ANNA), a_change(CLEO), DANS, a_link(ANNA, DAN, 2), DAN_IS_SECRET)
    assert "SE-DAN" not in repr(extract_of(register))
    register.when(*then)
    assert [word for word in ("SE-DAN", "DAN1", "2021-05-04") if word in repr(extract_of(register))] == []


def test_the_dose_of_the_other_is_no_change_of_ones_own() -> None:
    annas, cleos = (a_dose(who, care_unit=f"SE-{who.value}", unique_reference=who.value) for who in (ANNA, CLEO))
    for first, second in ((annas, cleos), (cleos, annas)):
        register = given(first, second, a_link(ANNA, CLEO, 2), a_link(CLEO, ANNA, 3), an_unlink(ANNA, CLEO, 9))
        for who, other in ((ANNA, CLEO), (CLEO, ANNA)):
            found = extract_of(register, who)
            assert doses(found) == [("2021-05-03", True)]
            assert f"SE-{other.value}" not in repr(found)
            assert found.doses[0].told[0].what == "DoseRecorded"


def test_what_a_report_on_the_other_made_of_ones_own_dose_is_not_told_with_its_receipt() -> None:
    early = a_dose(CLEO, unique_reference="c", given_on="2021-05-01", hour=3)
    register = given(a_dose(unique_reference="a"), a_link(hour=2), early)
    assert "sender-0-2" in {told.receipt for dose in extract_of(register).doses for told in dose.told[1:]}
    found = extract_of(register.when(an_unlink(hour=9)))
    assert doses(found) == [("2021-05-03", True)]
    assert "sender-0-2" not in repr(found)
    assert found.doses[0].flags == ()


CHAIN = (ANNAS, BOS, CLEOS, DANS, a_link(ANNA, BO, 2), a_link(BO, CLEO, 3), a_link(CLEO, DAN, 4))


@pytest.mark.parametrize("more", [[], [a_link(BO, ANNA, 5)], [a_link(CLEO, BO, 5)], [a_link(DAN, CLEO, 5)]])
def test_when_a_chain_is_cut_in_its_middle_each_part_tells_of_its_own_alone(more: list[Report]) -> None:
    register = given(*CHAIN, *more).when(an_unlink(BO, CLEO, 9))
    for who in (ANNA, BO):
        found = extract_of(register, who)
        assert doses(found) == [("2021-01-11", True), ("2021-05-02", True)]
        assert not any(word in repr(found) for word in ("SE-CLEO", "SE-DAN", "CLEO1", "DAN1"))
    for who in (CLEO, DAN):
        found = extract_of(register, who)
        assert doses(found) == [("2021-05-03", True), ("2021-05-04", True)]
        assert not any(word in repr(found) for word in ("SE-ANNA", "SE-BO", "BO1"))


@pytest.mark.parametrize("who", [ANNA, BO, CLEO, DAN])
def test_when_a_chain_is_taken_apart_everybody_is_alone_again(who: Identity) -> None:
    ends = [an_unlink(BO, CLEO, 9), an_unlink(ANNA, BO, 10), an_unlink(CLEO, DAN, 11)]
    found = extract_of(given(*CHAIN).when(*ends), who)
    assert len(found.doses) == 1
    [dose] = found.doses
    assert dose.true
    others = {"ANNA", "BO", "CLEO", "DAN"} - {who.value.upper()}
    assert [one for one in others if f"SE-{one}" in repr(found)] == []
    assert (dose.told[0].what, dose.told[0].cause) == ("DoseRecorded", "reported")


def test_a_dose_that_two_numbers_had_is_one_after_the_link_and_the_other_is_said_to_be_merged_with_it() -> None:
    register = given(a_dose(unique_reference="a"), a_dose(CLEO, unique_reference="c"), a_link(hour=2))
    one, other = sorted(extract_of(register).doses, key=lambda dose: not dose.true)
    assert (one.true, one.merged_into) == (True, None)
    assert (other.true, other.merged_into) == (False, one.dose)
    taken_back = extract_of(given(a_dose()).when(nullified(a_dose()))).doses[0]
    assert taken_back.merged_into is None


def test_who_was_parted_from_a_secret_identity_is_told_of_a_link_made_since_and_of_no_other() -> None:
    register = given(a_dose(unique_reference="a"), a_dose(CLEO, unique_reference="c"), BOS, a_link(ANNA, BO, 2))
    register.when(a_change(BO, event="protected", on="2021-05-01", protection="FP", hour=5), a_link(ANNA, CLEO, 6))
    found = extract_of(register)
    [link] = found.links
    assert link.absorbed == show_id(register.history(CLEO).person_id)
    assert show_id(register.history(BO).person_id) not in repr(found)
    [merged] = [dose for dose in found.doses if not dose.true]
    assert [told.cause for told in merged.told] == ["reported", "linked"]
    assert {told.receipt for dose in found.doses for told in dose.told if told.cause == "linked"} == {link.receipt}


def test_a_dose_reported_while_one_was_linked_to_a_secret_identity_has_a_source_and_no_receipt() -> None:
    for linked in ([a_link(ANNA, CLEO, 6)], [a_link(CLEO, ANNA, 6)], []):
        register = given(CLEOS, a_link(BO, ANNA, 2), a_dose(unique_reference="a", hour=3))
        register.when(a_change(BO, event="protected", on="2021-05-01", protection="FP", hour=5), *linked)
        told = [told for dose in extract_of(register).doses for told in dose.told]
        assert [(one.what, one.cause, one.system_name) for one in told if not one.receipt] == [
            ("DoseRecorded", "reported", "Journal A")
        ]
        assert not {one.receipt for one in told} & {"sender-0-1", "sender-0-2", "sender-0-3"}


SECRET = a_change(BO, event="protected", on="2021-05-01", protection="FP", hour=5)


def test_a_dose_that_was_both_persons_leads_from_neither_to_the_other_when_one_is_secret() -> None:
    for kept, absorbed in ((ANNA, BO), (BO, ANNA)):
        first, second = (a_dose(who, unique_reference=who.value) for who in (absorbed, kept))
        register = given(first, a_link(kept, absorbed, 2), second, SECRET)
        [annas], [bos] = extract_of(register).doses, extract_of(register, BO).doses
        assert (annas.true, bos.true) == (True, True)
        assert annas.dose != bos.dose
        assert not {told.receipt for told in annas.told} & {told.receipt for told in bos.told if told.receipt}


def test_a_correction_after_the_parting_keeps_the_old_value_that_was_reported_before_it() -> None:
    register = given(a_link(BO, ANNA, 2), a_dose(unique_reference="a", hour=3), SECRET)
    [dose] = extract_of(register.when(a_dose(unique_reference="a", batch="EX9", hour=6))).doses
    assert [(told.what, told.receipt) for told in dose.told] == [("DoseRecorded", ""), ("DoseCorrected", "sender-0-3")]
    [change] = dose.told[-1].changes
    assert (change.field, change.old, change.new) == ("batch", "EW2239", "EX9")


def test_a_dose_taken_back_while_others_linked_one_to_a_secret_identity_tells_no_receipt_of_the_parting() -> None:
    register = given(CLEOS, a_link(CLEO, BO, 2), a_link(DAN, BO, 3), nullified(CLEOS, 4))
    register.when(a_change(DAN, event="protected", on="2021-05-01", protection="FP", hour=5), an_unlink(CLEO, BO, 6))
    [dose] = extract_of(register, CLEO).doses
    assert not dose.true
    assert [(told.cause, told.receipt) for told in dose.told] == [("reported", "sender-0-0"), ("withdrawn", "")]
