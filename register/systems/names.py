"""System names as they are compared: however a sender writes one, it is the same."""

from functools import lru_cache
from unicodedata import category, normalize

from register.identities.number import looks_like_identity
from register.words import plain

LONGEST = 200  # characters


class SystemNameBroken(Exception):
    """A system name that is given to a sender has 1 to 200 characters and holds no identity number."""


@lru_cache(maxsize=10_000)
def folded(name: str) -> str:
    """Without differences of case, white space, composed letters and what nobody sees; empty if it is no name."""
    seen = "".join(sign for sign in normalize("NFKC", plain(name)) if category(sign) != "Cf")
    return " ".join(seen.casefold().split())


def checked(name: str) -> str:
    """The key of a name that is given to a sender; raises SystemNameBroken."""
    key = folded(name)
    if not 0 < len(key) <= LONGEST or looks_like_identity(key):
        raise SystemNameBroken(SystemNameBroken.__doc__)
    return key


def shown(name: str) -> str:
    """A name as people see it."""
    return " ".join(plain(name).split())
