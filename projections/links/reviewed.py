"""What somebody who looked has said of two identities: that they are one person, or that they are two."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from psycopg import Connection

_SAID = """
SELECT low, high, state FROM identity_pairs WHERE (low = ANY(%(of)s) OR high = ANY(%(of)s)) AND state <> 'unlinked'
"""


class Said(NamedTuple):
    """The last word on two identities, in the order of their ids."""

    low: int
    high: int
    state: str


def said_of(conn: Connection[Any], identities: Iterable[int]) -> set[Said]:
    """Every word that stands on the persons to whom these identities belong, by way of all identities they have."""
    said, asked, asking = set[Said](), set[int](), set(identities)
    while asking:
        found = {Said(*row) for row in conn.execute(_SAID, {"of": sorted(asking)})}
        said, asked = said | found, asked | asking
        asking = {one for pair in found if pair.state == "linked" for one in pair[:2]} - asked
    return said


class Reviewed:
    """Who is one person by the links that stand, and which persons were told apart, directly or by way of others."""

    def __init__(self, said: Iterable[Said]) -> None:
        self._next: dict[int, int] = {}
        every = list(said)
        for pair in every:
            if pair.state == "linked":
                one, other = sorted((self._person(pair.low), self._person(pair.high)))
                self._next[other] = one
        self._apart = {
            frozenset((self._person(pair.low), self._person(pair.high))) for pair in every if pair.state == "apart"
        }

    def holds(self, one: int, other: int) -> bool:
        """Has somebody said what these two are to each other?"""
        persons = frozenset((self._person(one), self._person(other)))
        return len(persons) == 1 or persons in self._apart

    def _person(self, identity: int) -> int:
        """One identity that stands for all of the person."""
        found = identity
        while found in self._next:
            found = self._next[found]
        return found
