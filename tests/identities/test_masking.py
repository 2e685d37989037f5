"""Free texts without identity numbers, one by one and all of a report at once."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from register.identities.number import PERSONAL_ROOT, Identity, looks_like_identity, parse_identity
from register.masking import all_masked, gives_away, masked

NUMBER = "198402292380"
# Parts out of which numbers come about, within a text and where two texts meet.
PARTS = [NUMBER, NUMBER[2:], NUMBER[:8], NUMBER[8:], "232100-0131", "19", "TF-8841x", "-", "−", " ", "\n", "ß", "İ"]
texts = st.lists(st.sampled_from(PARTS), max_size=6).map("".join)


@given(st.lists(texts, max_size=5), st.sampled_from(["", NUMBER[2:], "tf8841x"]))
def test_texts_looked_at_together_are_masked_as_each_alone(several: list[str], own: str) -> None:
    assert all_masked(several, own) == [masked(text, own) for text in several]


@given(texts)
def test_an_own_number_is_found_whatever_signs_stand_in_it(text: str) -> None:
    assert gives_away(text, "8841x") or "8841x" not in "".join(c for c in text.casefold() if c.isalnum())


signs = st.sampled_from(["", "-", "+", " ", "−", " - ", "\u2011", "\u00a0", ".", "/"])


@given(st.dates(date(1900, 1, 1), date(2021, 1, 1)), st.integers(1, 999), signs)
def test_every_number_of_a_person_is_found_with_and_without_its_century(born: date, birth: int, sign: str) -> None:
    for day in (born.day, born.day + 60):
        digits = [f"{born:%y%m}{day:02d}{birth:03d}{check}" for check in range(10)]
        [right] = [ten for ten in digits if isinstance(_person(f"{born.year // 100}{ten}"), Identity)]
        for text in (f"{right[:6]}{sign}{right[6:]}", f"dos {born.year // 100}{right[:6]}{sign}{right[6:]}, fel"):
            assert looks_like_identity(text)


@pytest.mark.parametrize(
    "text",
    ["1984-02-29-2380", "19840229.2380", "１９８４０２２９２３８０", "١٩٨٤٠٢٢٩-٢٣٨٠", "1984\u00a002\u00a029\u20112380"],
)
def test_a_number_is_found_in_any_digits_and_with_any_signs(text: str) -> None:
    assert looks_like_identity(f"mor {text} enligt ovan")
    assert gives_away(text, "8402292380")
    assert not any(sign.isdigit() for sign in masked(text))


@pytest.mark.parametrize("before", ["kl 09:10 ", "21-03-09 ", "2021-03-09 10:15 ", "FE1 0912\n", "⑲ "], ids=ascii)
def test_no_date_or_time_before_a_number_hides_it(before: str) -> None:
    assert looks_like_identity(f"{before}840229-2380")


@pytest.mark.parametrize("text", ["⑧④⓪②②⑨②③⑧⓪", "⁸⁴⁰²²⁹-²³⁸⁰"], ids=ascii)
def test_digits_of_any_form_are_starred(text: str) -> None:
    assert set(masked(text)) <= {"*", "-"}


def _person(number: str) -> object:
    return parse_identity(PERSONAL_ROOT, number, today=date.max)
