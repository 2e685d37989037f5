"""Whether an identity is a secret one, or may be: what keeps it apart from every other."""

from register.decision import Definitions
from register.persons.history import IdentityHistory


def is_secret(grade: str, definitions: Definitions) -> bool:
    """Whether a protection of this grade is known to be a secret identity's."""
    known = definitions.protection_named(grade)
    return known is not None and known.never_linked


def was_secret(identity: IdentityHistory, definitions: Definitions) -> bool:
    """Whether it was ever given as a secret one: no later word ends that."""
    return any(is_secret(grade, definitions) for grade in identity.grades)


def never_linked(identity: IdentityHistory, definitions: Definitions) -> bool:
    """Whether nothing may lead from it to another: it was secret, or a word stands that may mean so.

    A grade that nobody knows may be a slip of the pen: until it is corrected no link is made, and none is ended.
    """
    standing = (grade for grade in identity.protections.values() if grade)
    return was_secret(identity, definitions) or any(definitions.protection_named(grade) is None for grade in standing)
