"""Which record a report without a reference is."""

from register.record_content import record_content
from tests.doses.sentences import ANNA, BO, a_dose, nullified, without_reference


def content(**changes: str) -> str:
    return record_content("DoseReport.v1", without_reference(a_dose(**changes)).fields)  # type: ignore[arg-type]


def test_the_time_of_writing_the_upload_and_a_nullification_make_no_other_record() -> None:
    later = nullified(without_reference(a_dose(hour=5))).fields | {"upload": "u1", "row": 7}
    assert record_content("DoseReport.v1", later) == content()


def test_any_other_word_makes_another_record() -> None:
    assert content(batch="X1") != content()
    assert record_content("DoseReport.v1", a_dose(BO).fields) != record_content("DoseReport.v1", a_dose(ANNA).fields)


def test_white_space_makes_no_other_record() -> None:
    assert content(batch=" EW2239 ") == content()


def test_the_same_number_written_in_another_way_makes_no_other_record() -> None:
    with_hyphen, without = (a_dose().fields | {"identity_value": text} for text in ("a-nna", "anna"))
    assert record_content("DoseReport.v1", with_hyphen) != record_content("DoseReport.v1", without)
    assert record_content("DoseReport.v1", with_hyphen, ANNA) == record_content("DoseReport.v1", without, ANNA)
