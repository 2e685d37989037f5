"""Free text without the identity numbers that people write into it."""

import re

from register.identities.number import looks_like_identity

_DIGIT = re.compile(r"\d")


def masked(text: str) -> str:
    """The text, with every digit starred out if an identity number stands in it."""
    if len(text) < 10 or not looks_like_identity(text):
        return text
    return _DIGIT.sub("*", text)
