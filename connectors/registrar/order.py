"""Which of two identities that may be one person keeps the doses."""

from register.identities.identity import KINDS, Identity
from register.identities.series import series_by_root


def longest_first(one: Identity, other: Identity) -> tuple[Identity, Identity]:
    """The pair with the number first that holds longest: personal, coordination, reserve, of a series nobody knows."""
    first, second = sorted((one, other), key=_place)
    return first, second


def _place(identity: Identity) -> tuple[int, bool]:
    known = series_by_root().get(identity.root, ())
    return KINDS.index(identity.kind), not known or known[0].kind == "opaque"
