"""Digits and signs of every script as those that numbers are written with."""

from unicodedata import digit, normalize


def in_ascii(text: str) -> str:
    """Digits of every script as 0–9, and every sign that is neither letter nor digit as a hyphen."""
    if text.isascii():
        return text
    plain = normalize("NFKC", text)
    return "".join(
        str(digit(sign)) if sign.isdigit() else sign if sign.isascii() or sign.isalnum() else "-" for sign in plain
    )
