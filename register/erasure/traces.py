"""Whether a person's number stands in bytes that somebody sent, however it is written there."""

import re
from collections.abc import Iterable

from register.identities.number import Identity
from register.masking import bare, own_identity

_SIGNS = bytes(sign for sign in range(128) if not chr(sign).isalnum())


class Traces:
    """The numbers of one or more persons, to be found with or without century, with any signs between, in any digits.

    A number of fewer than six letters and digits is found only as it is written: more would be found than is meant.
    """

    def __init__(self, identities: Iterable[Identity]) -> None:
        values = {identity.value for identity in identities}
        long = {value: own_identity({"identity_value": value}) for value in values}
        self._texts = sorted({own for own in long.values() if own})
        self._bytes = [own.encode() for own in self._texts]
        short = "|".join(re.escape(value) for value, own in sorted(long.items()) if not own)
        self._short = re.compile(rf"(?<![^\W_])(?:{short})(?![^\W_])", re.IGNORECASE) if short else None

    def stand_in(self, value: bytes) -> bool:
        """Whether one of the numbers stands here: in a report of any schema, in a text, or in what is neither."""
        # Without NUL, too: so a text in UTF-16 is read.
        plain = value.translate(None, _SIGNS).lower()
        if any(own in plain for own in self._bytes):
            return True
        text = value.decode("utf-8", "ignore")
        if self._short is not None and self._short.search(text):
            return True
        if text.isascii():
            return False
        plain_text = bare(text)
        return any(own in plain_text for own in self._texts)
