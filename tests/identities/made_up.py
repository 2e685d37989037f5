"""Numbers of nobody, with the check digit that the law prescribes."""

from datetime import date

from hypothesis import strategies as st

TODAY = date(2026, 5, 1)


def with_check_digit(eleven: str) -> str:
    """The number with the check digit that the law prescribes, worked out the way it is done by hand."""
    products = [int(digit) * weight for digit, weight in zip(eleven[2:], (2, 1) * 5, strict=False)]
    return eleven + str(-sum(product // 10 + product % 10 for product in products) % 10)


def a_number(born: date, birth_number: int, *, coordination: bool = False) -> str:
    day = born.day + 60 if coordination else born.day
    return with_check_digit(f"{born.year:04}{born.month:02}{day:02}{birth_number:03}")


def wide(text: str) -> str:
    """The text with its digits in full width, as some keyboards write them."""
    return "".join(chr(ord("０") + int(sign)) if sign.isdigit() else sign for sign in text)


births = st.dates(min_value=date(1850, 1, 1), max_value=TODAY)
birth_numbers = st.integers(min_value=1, max_value=999)


def named(part: object) -> str:
    """What may stand in a test's name: an OID or an issuer, and no number of anybody, be it made up."""
    return str(getattr(part, "issuer", part if isinstance(part, str) and "." in part else ""))
