"""What the scanner takes for an identity number, and what it does not, though it looks like one. Made-up numbers."""

import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.privacy.looking import Looker
from connectors.privacy.tables import AT_ONCE
from register.definitions import products
from register.identities.free_text import looks_like_identity
from register.identities.number import Identity, parse_identity
from register.masking import masked
from tests.identities.made_up import TODAY, a_number, birth_numbers, births, wide, with_check_digit
from tests.privacy.spellings import NO_SPELLINGS, NUMBER, SPELLINGS

VALUE = "199001019802"
LOOKER = Looker()


def arabic(text: str) -> str:
    return "".join(chr(0x660 + int(sign)) if sign.isdigit() else sign for sign in text)


def writings(value: str) -> list[str]:
    """The common ways to write twelve digits."""
    short = value[2:]
    return [
        value,
        short,
        f"{value[:8]}-{value[8:]}",
        f"{short[:6]}-{short[6:]}",
        f"{short[:6]}+{short[6:]}",
        f"{value[:4]}-{value[4:6]}-{value[6:8]}-{value[8:]}",
        f"{value[:4]} {value[4:6]} {value[6:8]} {value[8:]}",
        f"{value[:8]}\N{EN DASH}{value[8:]}",
        f"{short[:6]}\N{NO-BREAK SPACE}{short[6:]}",
        f"pnr{value}x",
        wide(value),
        arabic(f"{value[:8]}-{value[8:]}"),
        wide(value[:4]) + value[4:],
        value[:-1] + wide(value[-1:]),
    ]


# Before and after a field stands anything, and next to it at most one byte that looks like a digit: a length.
@settings(deadline=None)
@given(births, birth_numbers, st.booleans(), st.binary(max_size=1), st.binary(max_size=1))
def test_nothing_that_is_a_number_is_passed_over(
    born: object, number: int, coordination: bool, before: bytes, after: bytes
) -> None:
    value = a_number(born, number, coordination=coordination)  # type: ignore[arg-type]
    assert looks_like_identity(value)
    ascii_only = [text for text in writings(value) if text.isascii()]
    written = [
        *(text.encode() for text in writings(value)),
        *(text.encode("utf-16") for text in ascii_only),
        *(text.encode("utf-16-be") for text in ascii_only),
    ]
    among = [b"12\0" + before + encoded + after + b"\0" + b"34" for encoded in written]
    assert LOOKER.suspects([*among, b"", b"x"]) == list(range(len(written)))


@settings(deadline=None)
@given(births, birth_numbers)
def test_every_writing_is_told_alone_in_its_field(born: object, number: int) -> None:
    value = a_number(born, number)  # type: ignore[arg-type]
    for text in writings(value):
        assert LOOKER.text(text)
        assert LOOKER.data(text.encode())
        assert LOOKER.data(b"\xff\x00 " + text.encode() + b" \x00\xff")
    assert LOOKER.data(value.encode("utf-16"))
    assert LOOKER.data(value.encode("utf-16-be"))
    assert LOOKER.number(int(value))


def escaped(value: str) -> list[str]:
    """Twelve digits as programs write them into addresses, pages, JSON and mail, and people with words between."""
    born, short, last = value[:8], value[2:8], value[8:]
    return [
        *(
            f"{born}{sign}{last}"
            for sign in ("%2D", "%2d", "%20", "&nbsp;", "&#45;", "&#x2d;", "\\u002d", "\\x2d", "=2D")
        ),
        *(f"{short}{sign}{last}" for sign in ("%2D", "&nbsp;", "\\u002d", "%2B", "%C2%A0", "%E2%80%93", "\\\\u2013")),
        f"{value[:4]}%2D{value[4:6]}%2D{value[6:8]}-{last}",
        f"{value[:4]}-{value[4:6]}&nbsp;{value[6:8]} {last}",
        f"{value[:4]}\\u002d{value[4:6]}-{value[6:8]}{last}",
        "".join(f"%3{digit}" for digit in value),
        "".join(f"\\u003{digit}" for digit in value),
        "".join(f"&#{ord(digit)};" for digit in value),
        f"{born} nr {last}",
        f"{short} nr. {last}",
        f"{short}, sista fyra: {last}",
        f"{value[:4]}-{value[4:6]}-{value[6:8]} och de fyra sista {last}",
        f"{born} (last four digits {last})",
        f"{born}, kod {last}",
    ]


@settings(deadline=None)
@given(births, birth_numbers)
def test_a_number_is_found_however_it_is_escaped_or_put_in_words(born: object, number: int) -> None:
    for text in escaped(a_number(born, number)):  # type: ignore[arg-type]
        among = f"/find?q={text}&page=1"
        assert LOOKER.suspects([among.encode(), b"nothing"]) == [0], text
        assert LOOKER.text(among), text
        assert LOOKER.line(among), text
        assert LOOKER.data(among.encode()), text


@pytest.mark.parametrize("written", SPELLINGS, ids=ascii)
def test_the_mask_and_the_scanner_know_the_same_spellings(written: str) -> None:
    assert with_check_digit(NUMBER[:-1]) == NUMBER
    for text in (written, f"patient {written}, fel", f"({written})"):
        assert looks_like_identity(text), text
        assert not any(sign.isnumeric() for sign in masked(text))
        assert LOOKER.text(text)
        assert LOOKER.line(text)
        assert LOOKER.line(f'x;"{written}";y')
        assert LOOKER.suspects([b"nothing", text.encode()]) == [1]


@pytest.mark.parametrize("written", NO_SPELLINGS, ids=ascii)
def test_neither_takes_what_is_written_nearly_so_for_a_number(written: str) -> None:
    assert masked(written) == written
    assert not LOOKER.line(written)


def test_dates_beside_times_amounts_and_words_are_seldom_taken_for_numbers() -> None:
    draw = random.Random(17)
    lines = [
        f"{text} {draw.randrange(10_000):04d}"
        for month in range(1, 13)
        for day in range(1, 29)
        for text in (
            f"given 2021-{month:02d}-{day:02d} at",
            f"2021{month:02d}{day:02d} klockan",
            f"from=2021-{month:02d}-{day:02d}%20unit",
            f"<td>2021-{month:02d}-{day:02d}</td><td>dos</td>",
            f"20{month:02d}{day:02d} doses of unit",
        )
    ]
    assert len(lines) > 1_500
    assert sum(map(LOOKER.line, lines)) == 0


@pytest.mark.parametrize(
    "text",
    [
        "232100-0131",
        "SE2321000131-E000000000001",
        "umea-3-1234567",
        "0123456789abcdef",
        "2480C1010",
        "2021-06-01T10:00:00+00:00",
        "2021-06-01 10:00:00,123",
        "1622541600000",
        "FH9951",
        "198113281",
        "20210601101010",
        *(product.npl_id for product in products() if getattr(product, "npl_id", "")),
    ],
)
def test_what_the_register_s_fields_hold_is_no_number(text: str) -> None:
    assert not LOOKER.text(text)
    assert not LOOKER.data(text.encode())


def test_a_date_beside_a_municipality_in_a_file_is_no_number_and_a_number_in_a_cell_is() -> None:
    dates = [
        f"x;2021-{month:02d}-{day:02d};{code};y" for month in (1, 6) for day in (2, 17) for code in range(1200, 1300)
    ]
    assert not any(map(LOOKER.line, dates))
    assert not any(LOOKER.line(date.replace(";", "  ")) for date in dates)
    assert not any(LOOKER.line(date.replace(";", '","')) for date in dates)
    assert LOOKER.line(f"x;2021-01-02;{VALUE[:8]}-{VALUE[8:]};1280")
    assert LOOKER.line(f'{{"a": {{"b": ["{VALUE}"]}}}}')
    assert not LOOKER.line('{"day": "2021-01-02", "municipality": "1280", "doses": [21, 10, 12, 1234]}')


def test_random_ids_and_hashes_are_not_taken_for_numbers() -> None:
    draw = random.Random(17)
    ids = [f"{draw.getrandbits(64):016x}" for _ in range(100_000)]
    assert any(map(LOOKER.text, ids))  # by chance some are, where nothing is known of the field
    assert not any(LOOKER.text(one, "upload") for one in ids)
    assert not any(LOOKER.number(draw.getrandbits(63)) for _ in range(100_000))
    assert LOOKER.text(VALUE, "upload")
    assert not any(map(LOOKER.data, (os.urandom(500) for _ in range(2_000))))


def test_of_random_bytes_next_to_none_needs_a_closer_look() -> None:
    rows = [os.urandom(100) for _ in range(20_000)]
    assert len(LOOKER.suspects(rows)) < 1_500
    assert len(b"".join(rows)) < AT_ONCE


@pytest.mark.parametrize(
    ("root", "value", "written"),
    [
        ("2.25.4711", "R-0017", ["R-0017", "r-0017", "the number R-0017."]),
        (
            "1.2.752.74.9.1",
            "22950606FH20",
            ["22950606FH20", "22950606-FH20", "22950606 fh20", wide("22950606") + "FH20"],
        ),
        ("1.2.752.97.3.1.3", "991981000010", ["991981000010", "99 1981 0000 10"]),
    ],
)
def test_known_identities_of_any_kind_are_found_and_others_like_them_are_not(
    root: str, value: str, written: list[str]
) -> None:
    identity = parse_identity(root, value, today=TODAY)
    assert isinstance(identity, Identity)
    looker = Looker([identity])
    for text in written:
        assert looker.suspects([text.encode()]) == [0], text
        assert looker.text(text)
        assert looker.data(text.encode())
        assert not LOOKER.text(text)
    assert not looker.text("R-00171")
    assert not looker.text("22950606FH21")
