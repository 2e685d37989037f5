"""Which numbers name a person. Only made-up numbers and those of the tax agency's test series are used."""

import calendar
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from register.identities.number import (
    COORDINATION_ROOT,
    PERSONAL_ROOT,
    BrokenIdentity,
    Identity,
    looks_like_identity,
    parse_identity,
    surely_national,
)
from tests.identities.made_up import TODAY, a_number, birth_numbers, births, wide, with_check_digit

# The OID of a series that the register knows nothing of.
RESERVE_ROOT = "2.25.4711"


def read(value: str, root: str = PERSONAL_ROOT, today: date = TODAY) -> Identity | BrokenIdentity:
    return parse_identity(root, value, today=today)


def person(value: str, root: str = PERSONAL_ROOT, today: date = TODAY) -> Identity:
    found = read(value, root, today)
    assert isinstance(found, Identity), f"refused: {found}"
    return found


def refused(value: str, root: str = PERSONAL_ROOT, today: date = TODAY) -> tuple[str, ...]:
    found = read(value, root, today)
    assert isinstance(found, BrokenIdentity), "was taken for a person"
    return found.codes


class TestWrittenInManyWays:
    def test_twelve_digits_ten_digits_and_separators_are_one_and_the_same_person(self) -> None:
        full = a_number(date(1984, 2, 29), 238)
        ways = [full, full[2:], f"{full[:8]}-{full[8:]}", f"{full[2:8]}-{full[8:]}", f"  {full[:8]}-{full[8:]}\t"]
        assert {person(way) for way in ways} == {person(full)}
        assert {person(way).value for way in ways} == {full}

    def test_a_plus_sign_means_that_the_person_has_turned_a_hundred(self) -> None:
        full = a_number(date(1909, 5, 27), 147)
        assert person(f"{full[2:8]}+{full[8:]}").value == full
        assert person(f"{full[:8]}+{full[8:]}").value == full
        assert person(f"{full[2:8]}-{full[8:]}").birth_year == 2009

    def test_the_plus_sign_comes_in_the_year_of_the_hundredth_birthday_not_on_the_day(self) -> None:
        full = a_number(date(1926, 12, 31), 238)
        assert person(f"{full[2:8]}+{full[8:]}", today=date(2026, 1, 1)).value == full

    def test_a_birthday_later_this_year_belongs_to_the_last_century(self) -> None:
        full = a_number(date(1926, 5, 2), 238)
        assert person(full[2:], today=date(2026, 5, 1)).birth_year == 1926
        assert person(full[2:], today=date(2026, 5, 2)).birth_year == 2026

    @settings(deadline=None)
    @given(births, birth_numbers, st.booleans())
    def test_every_number_gives_its_own_birth_date_and_sex(
        self, born: date, birth_number: int, coordination: bool
    ) -> None:
        root = COORDINATION_ROOT if coordination else PERSONAL_ROOT
        found = person(a_number(born, birth_number, coordination=coordination), root)
        assert found.birth_date == born
        assert found.birth_year == born.year
        assert found.sex == ("M" if birth_number % 2 else "F")
        assert found.kind == ("coordination" if coordination else "personal")
        assert found.flags == ()

    @settings(deadline=None)
    @given(births, birth_numbers, st.integers(2, 11), st.integers(1, 9))
    def test_one_wrong_digit_is_refused(self, born: date, birth_number: int, place: int, off_by: int) -> None:
        right = a_number(born, birth_number)
        wrong = right[:place] + str((int(right[place]) + off_by) % 10) + right[place + 1 :]
        assert refused(wrong)

    @settings(deadline=None)
    @given(births.filter(lambda born: born > TODAY - timedelta(days=99 * 365)), birth_numbers)
    def test_ten_digits_say_the_same_as_twelve_for_whoever_is_under_a_hundred(
        self, born: date, birth_number: int
    ) -> None:
        full = a_number(born, birth_number)
        assert person(full[2:]) == person(full)

    @settings(deadline=None)
    @given(st.text(max_size=20), st.sampled_from([PERSONAL_ROOT, COORDINATION_ROOT, RESERVE_ROOT, "", "x"]))
    def test_whatever_is_sent_is_answered(self, value: str, root: str) -> None:
        assert isinstance(read(value, root), Identity | BrokenIdentity)
        assert isinstance(looks_like_identity(value), bool)


class TestCoordinationNumbers:
    def test_an_unknown_day_or_month_is_valid_and_no_birth_date_is_made_up(self) -> None:
        for month, day in ((0, 60), (4, 60), (0, 72), (0, 91)):
            found = person(with_check_digit(f"1984{month:02}{day:02}238"), COORDINATION_ROOT)
            assert (found.kind, found.birth_date, found.birth_year, found.flags) == ("coordination", None, 1984, ())

    def test_a_day_that_the_month_does_not_have_is_accepted_and_flagged(self) -> None:
        for month, day in ((4, 91), (2, 90), (2, 91)):
            found = person(with_check_digit(f"1984{month:02}{day:02}238"), COORDINATION_ROOT)
            assert (found.birth_date, found.birth_year) == (None, 1984)
            assert found.flags == ("BIRTH-DATE-IMPOSSIBLE",)

    def test_no_calendar_has_a_thirty_second_day(self) -> None:
        assert refused(with_check_digit("19840492238"), COORDINATION_ROOT) == ("IDENTITY-DATE-IMPOSSIBLE",)

    def test_a_number_under_the_other_oid_is_what_its_shape_says_and_flagged(self) -> None:
        born = date(1984, 2, 29)
        for coordination, wrong_root in ((False, COORDINATION_ROOT), (True, PERSONAL_ROOT)):
            number = a_number(born, 238, coordination=coordination)
            right_root = PERSONAL_ROOT if coordination is False else COORDINATION_ROOT
            assert person(number, wrong_root) == person(number, right_root)
            assert person(number, wrong_root).root == right_root
            assert person(number, wrong_root).flags == ("IDENTITY-KIND-MISMATCH",)


class TestRefused:
    def test_nothing_sent(self) -> None:
        assert refused("") == refused(" \t") == ("IDENTITY-MISSING",)
        assert refused(" ", RESERVE_ROOT) == ("IDENTITY-MISSING",)

    def test_no_number_at_all(self) -> None:
        number = a_number(date(1984, 2, 28), 238)
        for value in ("okänd", "1", number + "1", number[:8] + " " + number[8:], number[:8] + "--" + number[8:]):
            assert refused(value) == ("IDENTITY-MALFORMED",)
        # Digits of other scripts are digits to Python, and none to the tax agency.
        assert refused("".join(chr(0x0660 + int(digit)) for digit in number)) == ("IDENTITY-MALFORMED",)
        assert refused(with_check_digit("17840228238")) == ("IDENTITY-MALFORMED",)

    def test_all_that_is_wrong_is_told_at_once(self) -> None:
        right = with_check_digit("19840230000")
        wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
        assert refused(wrong) == (
            "IDENTITY-DATE-IMPOSSIBLE",
            "IDENTITY-CHECK-DIGIT",
            "IDENTITY-BIRTH-NUMBER-ZERO",
        )

    def test_a_person_who_is_not_born_yet(self) -> None:
        tomorrow = TODAY + timedelta(days=1)
        assert refused(a_number(tomorrow, 238)) == ("IDENTITY-BIRTH-IN-FUTURE",)
        assert person(a_number(TODAY, 238)).birth_date == TODAY
        assert refused(with_check_digit("20270060238"), COORDINATION_ROOT) == ("IDENTITY-BIRTH-IN-FUTURE",)
        # Day and month unknown: may well be born already.
        assert person(with_check_digit("20260060238"), COORDINATION_ROOT).birth_year == 2026

    def test_an_organisation_is_no_person(self) -> None:
        organisation = with_check_digit("16556677889")
        assert refused(organisation) == refused(organisation[2:]) == ("IDENTITY-NOT-A-PERSON",)
        assert refused(f"{organisation[2:8]}-{organisation[8:]}") == ("IDENTITY-NOT-A-PERSON",)

    def test_a_leap_day_counts_only_in_a_leap_year(self) -> None:
        for year in range(1850, 2026):
            number = with_check_digit(f"{year}0229238")
            assert isinstance(read(number), Identity) == calendar.isleap(year)


class TestReserveNumbers:
    def test_are_taken_as_they_are_and_belong_to_their_oid(self) -> None:
        one, other = person(" 99ABC-1 ", "1.2.752.74.9.3"), person("99ABC-1", "1.2.752.97.3.1.3")
        assert (one.kind, one.value, one.birth_date, one.birth_year, one.sex) == (
            "reserve",
            "99ABC-1",
            None,
            None,
            "unknown",
        )
        assert one != other

    def test_of_ten_digits_are_reserve_numbers_even_where_they_happen_to_fit(self) -> None:
        number = a_number(date(1984, 2, 29), 238)[2:]
        found = person(number, RESERVE_ROOT)
        assert (found.kind, found.root, found.value, found.birth_date) == ("reserve", RESERVE_ROOT, number, None)
        assert found != person(number)

    @settings(deadline=None)
    @given(births, birth_numbers, st.booleans())
    def test_are_no_national_numbers_whatever_oid_somebody_puts_before_them(
        self, born: date, birth_number: int, coordination: bool
    ) -> None:
        full = a_number(born, birth_number, coordination=coordination)
        day, last = full[:8], full[8:]
        written = [full, f" {full} ", f"{day}-{last}", f"{day}+{last}", f"{day[2:]}-{last}"]
        written += [f"{day} {last}", f"{day[:4]}-{day[4:6]}-{day[6:]}-{last}", f"{day}\N{EN DASH}{last}", wide(full)]
        for root in (RESERVE_ROOT, "1.2.752.129.2.1.2.1", "1.2.752.74.9.6"):
            for way in written:
                assert refused(way, root) == ("IDENTITY-OTHER-SERIES",)
        for way in (full[2:], f"R{full}", f"{full}0", f"{full[:6]}A{full[7:]}"):
            assert person(way, RESERVE_ROOT).value == way

    def test_of_the_tax_agency_s_test_numbers_none_is_a_reserve_number(self, published: Path) -> None:
        for name in ("allPins_even.json", "allCoords_even.json"):
            numbers = json.loads((published / name).read_text(encoding="utf-8"))
            assert all(surely_national(number, TODAY) for number in numbers)
            assert not any(surely_national(number[2:], TODAY) for number in numbers)

    @pytest.mark.parametrize("root", [PERSONAL_ROOT, COORDINATION_ROOT])
    def test_never_stand_under_an_oid_of_the_nation_however_it_is_written(self, root: str) -> None:
        number = a_number(date(1984, 2, 29), 238)
        wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
        for written in (f" {root}", f"{root}\n", f"\u00a0{root}\t"):
            assert person(number, written) == person(number)
            assert refused(wrong, written) == ("IDENTITY-CHECK-DIGIT",)

    def test_need_an_oid_and_a_value_that_can_be_printed(self) -> None:
        for root in ("", " ", "abc", "1", "1..2", ".1.2", "1.2.", "1.02", "3.1", "1.2;3", "1." + "2." * 99 + "1"):
            assert refused("A1", root) == ("IDENTITY-ROOT-UNKNOWN",)
        assert refused("A\x001", RESERVE_ROOT) == refused("A" * 65, RESERVE_ROOT) == ("IDENTITY-MALFORMED",)
        assert refused("", "abc") == ("IDENTITY-ROOT-UNKNOWN", "IDENTITY-MISSING")
        assert person("A" * 64, RESERVE_ROOT).value == "A" * 64


class TestPrivacy:
    def test_an_identity_in_a_log_line_shows_neither_number_nor_birth(self) -> None:
        born = date(1984, 2, 29)
        number = a_number(born, 238)
        for shown in (
            repr(person(number)),
            str(person(number, COORDINATION_ROOT)),
            repr(person(number[2:], RESERVE_ROOT)),
        ):
            assert number[2:8] not in shown
            assert "1984" not in shown
            assert number[8:] not in shown

    def test_a_number_hidden_in_a_free_text_is_noticed(self) -> None:
        for coordination in (False, True):
            full = a_number(date(1984, 2, 29), 238, coordination=coordination)
            for way in (full, full[2:], f"{full[:8]}-{full[8:]}", f"{full[2:8]}+{full[8:]}", f"{full[2:8]} {full[8:]}"):
                for text in (way, f"dos {way}, fel patient", f"REF{way}X", f"[{way}]"):
                    assert looks_like_identity(text)
            assert looks_like_identity(f"{full}20210105083000")
            assert looks_like_identity(f"0001{full}")

    def test_other_texts_are_left_alone(self) -> None:
        wrong = a_number(date(1984, 2, 28), 238)[:-1] + "x"
        organisation = with_check_digit("16556677889")[2:]
        for text in ("", "R-000123", "fel produkt vald i listan", "2021-01-05", "f7216121-207a-4bc8-9f00-aabbccddeeff"):
            assert not looks_like_identity(text)
        assert not looks_like_identity(wrong)
        assert not looks_like_identity(organisation)


def cases(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))


class TestPublishedNumbers:
    def test_all_personal_numbers_of_the_tax_agency_are_persons(self, published: Path) -> None:
        numbers = cases(published, "allPins_even.json")
        for number in numbers:
            found = person(number)
            assert (found.kind, found.value, found.flags) == ("personal", number, ())
            assert found.birth_date is not None
            assert f"{found.birth_date:%Y%m%d}" == number[:8]
        assert len(numbers) > 20_000

    def test_all_coordination_numbers_of_the_tax_agency_are_persons(self, published: Path) -> None:
        numbers = cases(published, "allCoords_even.json")
        whole = impossible = 0
        for number in numbers:
            found = person(number, COORDINATION_ROOT)
            assert (found.kind, found.value, found.birth_year) == ("coordination", number, int(number[:4]))
            unknown = number[4:6] == "00" or number[6:8] == "60"
            if unknown:
                assert found.birth_date is None
                assert found.flags == ()
            elif found.birth_date is None:
                assert found.flags == ("BIRTH-DATE-IMPOSSIBLE",)
                impossible += 1
            else:
                assert found.birth_date == date(int(number[:4]), int(number[4:6]), int(number[6:8]) - 60)
                whole += 1
        assert (len(numbers), whole, impossible) == (1119, 1015, 12)

    def test_every_way_of_writing_is_read_as_the_list_says(self, published: Path) -> None:
        for case in cases(published, "list.json"):
            for form in ("long_format", "short_format", "separated_format", "separated_long"):
                found = read(case[form])
                assert isinstance(found, Identity) == case["valid"]
                if isinstance(found, Identity):
                    assert found.kind == {"ssn": "personal", "con": "coordination"}[case["type"]]
                    assert found.sex == ("M" if case["isMale"] else "F")
                    # Ten digits without a sign do not say which century; everything else does.
                    assert form == "short_format" or found.value == case["long_format"]

    def test_valid_and_invalid_are_told_apart(self, published: Path) -> None:
        structured = cases(published, "structured.json")
        for kind in ("ssn", "con"):
            for form in ("integer", "string"):
                assert all(isinstance(read(str(value)), Identity) for value in structured[kind][form]["valid"])
                assert all(isinstance(read(str(value)), BrokenIdentity) for value in structured[kind][form]["invalid"])

    def test_organisations_and_interim_numbers_are_refused(self, published: Path) -> None:
        for case in cases(published, "orgnumber.json"):
            for form in ("short_format", "separated_format"):
                assert refused(case[form]) == ("IDENTITY-NOT-A-PERSON",)
        for case in cases(published, "interim.json"):
            for form in ("long_format", "short_format", "separated_format", "separated_long"):
                assert refused(case[form]) == (("IDENTITY-INTERIM",) if case["valid"] else ("IDENTITY-MALFORMED",))
