"""Whether an identity is a secret one, or may be: what keeps it apart from every other."""

from register.decision import Definitions
from register.persons.history import IdentityHistory


def is_secret(grade: str, definitions: Definitions) -> bool:
    """Whether a protection of this grade is known to be a secret identity's."""
    known = definitions.protection_named(grade)
    return known is not None and known.never_linked


def bars_links(grade: str, definitions: Definitions) -> bool:
    """Whether a grade that stands keeps an identity apart: a secret identity's, or one that nobody knows."""
    return bool(grade) and (definitions.protection_named(grade) is None or is_secret(grade, definitions))


def was_secret(identity: IdentityHistory, definitions: Definitions) -> bool:
    """Whether it was ever given as a secret one: no later word ends that."""
    return any(is_secret(grade, definitions) for grade in identity.grades)


def never_linked(identity: IdentityHistory, definitions: Definitions) -> bool:
    """Whether nothing may lead from it to another: it was secret, or a word stands that may mean so.

    A grade that nobody knows may be a slip of the pen: until it is corrected no link is made, and none is ended.
    """
    standing = identity.protections.values()
    return was_secret(identity, definitions) or any(bars_links(grade, definitions) for grade in standing)
