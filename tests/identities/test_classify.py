"""What a number is under its OID, and without one. Made-up, published and test numbers only."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from register.codes import meanings
from register.identities.classify import Classified, classify, why_nobody
from register.identities.number import COORDINATION_ROOT, PERSONAL_ROOT
from register.identities.series import all_series
from tests.identities.made_up import TODAY, a_number, birth_numbers, births, named, with_check_digit

STOCKHOLM, GOTHENBURG, NATIONAL = "1.2.752.97.3.1.3", "1.2.752.113.11.0.2.1.1.1", "1.2.752.74.9.1"
VARMLAND, SKANE, HALLAND = "1.2.752.74.9.2", "1.2.752.219.1.10.10.1", "1.2.752.74.9.6"
ORGANISATION = "2.5.4.97"
BORN = date(1984, 2, 29)


def told(value: str, root: str = "", today: date = TODAY) -> Classified:
    return classify(value, root, today=today)


def reasons(value: str, root: str = "") -> tuple[str, ...]:
    found = told(value, root)
    assert found.kind == "invalid"
    assert not found.valid
    assert (found.birth_date, found.birth_year, found.sex, found.flags) == (None, None, "unknown", ())
    return found.reasons


class TestNationalNumbers:
    @settings(deadline=None)
    @given(births, birth_numbers, st.booleans())
    def test_tell_birth_and_sex_with_and_without_their_oid(
        self, born: date, birth_number: int, coordination: bool
    ) -> None:
        number = a_number(born, birth_number, coordination=coordination)
        sex = "M" if birth_number % 2 else "F"
        for root in (COORDINATION_ROOT if coordination else PERSONAL_ROOT, ""):
            found = told(number, root)
            assert found.kind == ("coordination" if coordination else "personal")
            assert (found.issuer, found.valid, found.reasons, found.flags) == ("Skatteverket", True, (), ())
            assert (found.birth_date, found.birth_year, found.sex) == (born, born.year, sex)

    def test_of_an_unknown_day_or_month_only_the_year_is_known(self) -> None:
        for month, day in ((0, 60), (4, 60), (0, 72)):
            found = told(with_check_digit(f"1984{month:02}{day:02}238"), COORDINATION_ROOT)
            assert (found.kind, found.birth_date, found.birth_year, found.flags) == ("coordination", None, 1984, ())

    def test_of_an_impossible_day_the_year_is_known_and_it_is_flagged(self) -> None:
        found = told(with_check_digit("19840491238"), COORDINATION_ROOT)
        assert (found.valid, found.birth_date, found.birth_year) == (True, None, 1984)
        assert found.flags == ("BIRTH-DATE-IMPOSSIBLE",)

    def test_are_wrong_under_each_others_oid(self) -> None:
        assert reasons(a_number(BORN, 238), COORDINATION_ROOT) == ("IDENTITY-KIND-MISMATCH",)
        assert reasons(a_number(BORN, 238, coordination=True), PERSONAL_ROOT) == ("IDENTITY-KIND-MISMATCH",)

    def test_are_no_reserve_numbers_and_no_organisations(self) -> None:
        for root in (STOCKHOLM, HALLAND, ORGANISATION):
            assert reasons(a_number(BORN, 238), root) == ("IDENTITY-MALFORMED", "IDENTITY-OTHER-SERIES")

    def test_all_that_is_wrong_is_told_at_once(self) -> None:
        right = with_check_digit("19840230000")
        wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
        for root in (PERSONAL_ROOT, ""):
            assert reasons(wrong, root) == (
                "IDENTITY-DATE-IMPOSSIBLE",
                "IDENTITY-CHECK-DIGIT",
                "IDENTITY-BIRTH-NUMBER-ZERO",
            )


class TestReserveNumbers:
    @pytest.mark.parametrize(
        ("value", "root", "issuer", "birth", "sex"),
        [
            ("22950606FH20", NATIONAL, "Inera", date(1995, 6, 6), "F"),
            ("22950606-FH20", NATIONAL, "Inera", date(1995, 6, 6), "F"),
            ("25780404KHD5", NATIONAL, "Inera", date(1978, 4, 4), "unknown"),
            ("00342145BZ31", NATIONAL, "Inera", None, "M"),
            ("00749852BZK0", NATIONAL, "Inera", None, "unknown"),
            ("991981000010", STOCKHOLM, "Region Stockholm", None, "unknown"),
            ("19810829M071", GOTHENBURG, "Västra Götalandsregionen", date(1981, 8, 29), "M"),
            ("19450829K088", GOTHENBURG, "Västra Götalandsregionen", date(1945, 8, 29), "F"),
            ("19930829X802", GOTHENBURG, "Västra Götalandsregionen", date(1993, 8, 29), "unknown"),
            ("19450829SF2B", VARMLAND, "Region Värmland", date(1945, 8, 29), "F"),
            ("19810829SU3A", VARMLAND, "Region Värmland", None, "M"),
            ("19930829SX0C", VARMLAND, "Region Värmland", None, "unknown"),
            ("810829DA1B", SKANE, "Region Skåne", None, "M"),
            ("19810829DA0B", SKANE, "Region Skåne", date(1981, 8, 29), "F"),
            ("19890715R910", "1.2.752.74.9.7", "Region Västerbotten", None, "unknown"),
            ("18500101N123", "1.2.752.266.1.1.2", "Region Sörmland", None, "unknown"),
        ],
        ids=named,
    )
    def test_tell_only_what_their_issuer_says_that_they_tell(
        self, value: str, root: str, issuer: str, birth: date | None, sex: str
    ) -> None:
        found = told(value, root)
        assert (found.kind, found.issuer, found.valid, found.reasons) == ("reserve", issuer, True, ())
        assert (found.birth_date, found.sex) == (birth, sex)
        assert found.birth_year == (birth.year if birth else None)

    @pytest.mark.parametrize(
        ("value", "root", "why"),
        [
            ("22950606FH21", NATIONAL, {"IDENTITY-CHECK-DIGIT"}),
            ("991981000011", STOCKHOLM, {"IDENTITY-CHECK-DIGIT"}),
            ("19810829M072", GOTHENBURG, {"IDENTITY-CHECK-DIGIT"}),
            ("19810230M070", GOTHENBURG, {"IDENTITY-DATE-IMPOSSIBLE", "IDENTITY-CHECK-DIGIT"}),
            ("19810829M081", GOTHENBURG, {"IDENTITY-MALFORMED", "IDENTITY-INTERIM"}),  # men have odd numbers
            ("19810829SF20", VARMLAND, {"IDENTITY-MALFORMED"}),
            ("20990829SF2B", VARMLAND, {"IDENTITY-BIRTH-IN-FUTURE"}),
            ("810829GA1B", SKANE, {"IDENTITY-MALFORMED"}),
            ("19810829DA0B", STOCKHOLM, {"IDENTITY-MALFORMED", "IDENTITY-OTHER-SERIES"}),
            ("991981000010", GOTHENBURG, {"IDENTITY-MALFORMED", "IDENTITY-OTHER-SERIES"}),
            ("22950606FH20", PERSONAL_ROOT, {"IDENTITY-MALFORMED", "IDENTITY-OTHER-SERIES"}),
            ("198108320014", PERSONAL_ROOT, {"IDENTITY-DATE-IMPOSSIBLE", "IDENTITY-OTHER-SERIES"}),
            ("", STOCKHOLM, {"IDENTITY-MISSING"}),
        ],
        ids=named,
    )
    def test_are_wrong_under_another_oid_or_in_another_form(self, value: str, root: str, why: set[str]) -> None:
        assert set(reasons(value, root)) == why

    def test_one_value_is_another_number_under_another_oid(self) -> None:
        for series, region in (("1.2.752.74.9.5", "Region Blekinge"), ("1.2.752.266.1.1.1", "Region Sörmland")):
            assert told("20200501AA8A", series).issuer == region
        assert reasons("20200501AA8A") == ("IDENTITY-ROOT-UNKNOWN", "IDENTITY-AMBIGUOUS")

    def test_a_day_of_a_national_number_that_no_calendar_has_is_flagged(self) -> None:
        for check_digit in range(10):
            found = told(f"22950230FH2{check_digit}", NATIONAL)
            if found.valid:
                break
        assert (found.birth_date, found.birth_year, found.flags) == (None, 1995, ("BIRTH-DATE-IMPOSSIBLE",))

    def test_need_their_oid_unless_their_form_is_the_nations(self) -> None:
        assert told("22950606FH20").issuer == "Inera"
        assert reasons("991981000010") == ("IDENTITY-ROOT-UNKNOWN",)
        assert reasons("198108320014") == ("IDENTITY-ROOT-UNKNOWN", "IDENTITY-AMBIGUOUS")  # Halland's or Carelink's
        assert reasons("R-0017") == ("IDENTITY-MALFORMED", "IDENTITY-ROOT-UNKNOWN")

    def test_without_one_it_is_the_series_that_is_said_to_be_missing(self) -> None:
        for value in ("991981000010", "22950606FH20", "201905355622"):
            assert "IDENTITY-ROOT-UNKNOWN" in why_nobody(value, today=TODAY)
            assert "IDENTITY-CHECK-DIGIT" not in why_nobody(value, today=TODAY)
        assert why_nobody("198001019999", today=TODAY) == ("IDENTITY-CHECK-DIGIT",)
        assert why_nobody(with_check_digit("16556677889"), today=TODAY) == ("IDENTITY-NOT-A-PERSON",)


class TestOthers:
    def test_an_organisation_is_told_with_and_without_its_oid_and_is_no_person(self) -> None:
        organisation = with_check_digit("16556677889")
        for way in (organisation, organisation[2:], f"{organisation[2:8]}-{organisation[8:]}"):
            assert told(way).kind == told(way, ORGANISATION).kind == told(way, "1.3.7").kind == "organisation"
            assert reasons(way, PERSONAL_ROOT) == ("IDENTITY-NOT-A-PERSON",)
            assert reasons(way, STOCKHOLM) == ("IDENTITY-MALFORMED", "IDENTITY-NOT-A-PERSON")
        wrong = organisation[:-1] + str((int(organisation[-1]) + 1) % 10)
        assert reasons(wrong, ORGANISATION) == ("IDENTITY-CHECK-DIGIT",)
        assert reasons("", ORGANISATION) == ("IDENTITY-MISSING",)

    def test_a_national_number_under_an_oid_that_nobody_knows_is_refused_with_the_reason(self) -> None:
        for number in (a_number(BORN, 238), a_number(BORN, 238, coordination=True)):
            for root in ("2.25.4711", "1.2.752.129.2.1.2.1"):
                found = told(number, root)
                assert (found.kind, found.valid, found.reasons) == ("invalid", False, ("IDENTITY-OTHER-SERIES",))

    def test_ten_digits_that_happen_to_fit_are_no_national_number_under_another_oid(self) -> None:
        ten = a_number(BORN, 238)[2:]
        assert told(ten, "2.25.4711").kind == "opaque"
        assert reasons(ten, HALLAND) == ("IDENTITY-MALFORMED",)

    def test_an_unknown_oid_makes_any_other_value_right_and_tells_nothing(self) -> None:
        for value in ("R-0017", a_number(BORN, 238)[2:], "22950606FH20"):
            found = told(value, " 2.25.4711 ")
            assert found == Classified("opaque", "2.25.4711")
            assert found.valid
        assert told("SE2321000016-1003:R17", "1.2.752.129.2.1.2.1").kind == "opaque"

    def test_what_is_no_oid_or_no_value_is_wrong(self) -> None:
        assert reasons("", "abc") == ("IDENTITY-ROOT-UNKNOWN", "IDENTITY-MISSING")
        assert reasons("A\x001", "2.25.1") == reasons("A" * 65, "2.25.1") == ("IDENTITY-MALFORMED",)
        assert reasons(" ") == ("IDENTITY-MISSING",)

    def test_an_interim_number_names_nobody_nationally(self) -> None:
        for root in ("", PERSONAL_ROOT, COORDINATION_ROOT):
            assert reasons("20000101-T220", root) == ("IDENTITY-INTERIM",)
        assert reasons("19810829M071") == ("IDENTITY-INTERIM", "IDENTITY-ROOT-UNKNOWN")  # or Västra Götaland's

    def test_what_is_shown_of_it_holds_no_birth(self) -> None:
        assert "1984" not in repr(told(a_number(BORN, 238)))


roots = st.sampled_from(["", "x", "2.25.1", *dict.fromkeys(series.root for series in all_series())])
# Such texts as are nearly right, and any others.
nearly = st.from_regex(r"(?:[0-9]{2})?[0-9]{6}[-+]?[0-9A-Z]{4}", fullmatch=True)
examples = st.sampled_from([example for series in all_series() for example in series.examples])


@settings(deadline=None, max_examples=500)
@given(st.one_of(st.text(max_size=20), nearly, examples), st.one_of(roots, st.text(max_size=10)))
def test_whatever_is_asked_is_answered_and_wrong_never_without_a_reason(value: str, root: str) -> None:
    found = told(value, root)
    assert found.valid == (not found.reasons)
    assert set(found.reasons) | set(found.flags) <= meanings().keys()
    if found.birth_date:
        assert found.birth_year == found.birth_date.year


def cases(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))


class TestPublishedNumbers:
    """Every number of every file, as it stands there."""

    def test_the_tax_agencys_personal_numbers(self, published: Path) -> None:
        for number in cases(published, "allPins_even.json"):
            for root in (PERSONAL_ROOT, ""):
                found = told(number, root)
                assert (found.kind, found.issuer, found.flags) == ("personal", "Skatteverket", ())
                assert found.birth_date == date(int(number[:4]), int(number[4:6]), int(number[6:8]))
                assert found.sex == ("M" if int(number[10]) % 2 else "F")

    def test_the_tax_agencys_coordination_numbers(self, published: Path) -> None:
        told_of = [told(number, COORDINATION_ROOT) for number in cases(published, "allCoords_even.json")]
        assert {(found.kind, found.issuer, found.valid) for found in told_of} == {
            ("coordination", "Skatteverket", True)
        }
        assert all(found.birth_year for found in told_of)
        assert sum(found.birth_date is not None for found in told_of) == 1015
        assert sum("BIRTH-DATE-IMPOSSIBLE" in found.flags for found in told_of) == 12
        assert [told(number) for number in cases(published, "allCoords_even.json")] == told_of

    def test_every_way_of_writing(self, published: Path) -> None:
        kinds = {"ssn": "personal", "con": "coordination"}
        for case in cases(published, "list.json"):
            for form in ("long_format", "short_format", "separated_format", "separated_long"):
                found = told(case[form])
                assert found.kind == (kinds[case["type"]] if case["valid"] else "invalid")
                assert not found.valid or found.sex == ("M" if case["isMale"] else "F")

    def test_right_ones_and_wrong_ones(self, published: Path) -> None:
        structured = cases(published, "structured.json")
        for listed, kind in (("ssn", "personal"), ("con", "coordination")):
            for form in ("integer", "string"):
                assert {told(str(value)).kind for value in structured[listed][form]["valid"]} == {kind}
                assert {told(str(value)).kind for value in structured[listed][form]["invalid"]} == {"invalid"}

    def test_organisations(self, published: Path) -> None:
        for case in cases(published, "orgnumber.json"):
            for form in ("short_format", "separated_format"):
                assert told(case[form]).kind == told(case[form], ORGANISATION).kind == "organisation"
                assert reasons(case[form], PERSONAL_ROOT) == ("IDENTITY-NOT-A-PERSON",)

    def test_interim_numbers(self, published: Path) -> None:
        for case in cases(published, "interim.json"):
            for form in ("long_format", "short_format", "separated_format", "separated_long"):
                assert (reasons(case[form]) == ("IDENTITY-INTERIM",)) == case["valid"]
                assert ("IDENTITY-INTERIM" in reasons(case[form], PERSONAL_ROOT)) == case["valid"]
