"""System names as they are compared: however a sender writes one, it is the same."""

from functools import lru_cache
from unicodedata import normalize

from register.identities.number import looks_like_identity
from register.masking import masked
from register.vault import Keys
from register.words import plain

# The files of these feeds name no system, so the register's own name for them is nobody's until somebody is given it.
NOBODYS = frozenset({"population-register"})
LONGEST = 200  # characters kept in clear text


class SystemNameBroken(Exception):
    """A system name that is given to a sender has 1 to 200 characters and holds no identity number."""


@lru_cache(maxsize=10_000)
def folded(name: str) -> str:
    """Without differences of case, of white space and of how a letter is composed; empty if it is no name."""
    return " ".join(normalize("NFKC", plain(name)).casefold().split())


def key_of(name: str, keys: Keys) -> str:
    """Under what a name is kept: itself, or what nobody can read where it holds a number or is too long."""
    return folded(name) if _in_clear(name) else keys.record_key("system name", folded(name)).hex()


def shown(name: str) -> str:
    """A name as people see it."""
    return " ".join(plain(name).split()) if _in_clear(name) else masked(folded(name))[:LONGEST]


def checked(name: str) -> str:
    """The key of a name that is given on the command line; raises SystemNameBroken."""
    if not folded(name) or not _in_clear(name):
        raise SystemNameBroken(SystemNameBroken.__doc__)
    return folded(name)


def _in_clear(name: str) -> bool:
    return len(folded(name)) <= LONGEST and not looks_like_identity(folded(name))
