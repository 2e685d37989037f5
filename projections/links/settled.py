"""What somebody has settled of two identities: that they are one person, or that they are two. Not asked again."""

from collections.abc import Iterable

from projections.links.pairs import Said


class Settled:
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
        if found != identity:
            self._next[identity] = found  # the next one to ask need not go all the way
        return found
