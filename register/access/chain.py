"""The chain that shows tampering: every row's hash covers its place, its fact and the hash before it."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import NamedTuple

START = bytes(32)  # what the first row follows
MOST_BREAKS = 20


class Head(NamedTuple):
    """The last row of a chain. Who notes it down elsewhere can tell later whether everything before it still stands."""

    number: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.hash.hex()}"

    @classmethod
    def read(cls, text: str) -> "Head":
        """A head as it was noted down; raises ValueError."""
        number, _, digest = text.strip().partition(":")
        head = cls(int(number), bytes.fromhex(digest))
        if head.number < 0 or len(head.hash) != len(START):
            raise ValueError("a head is a number, a colon and 64 hexadecimal digits")
        return head


EMPTY = Head(0, START)


class Row(NamedTuple):
    """One row of the chain as it is kept."""

    number: int
    fact: bytes
    hash: bytes


class Break(NamedTuple):
    """Where a chain does not hold, and what is wrong there."""

    number: int
    what: str


def hash_of(before: bytes, number: int, fact: bytes) -> bytes:
    """The hash of a row from the hash before it, its place and the bytes of its fact."""
    return sha256(before + number.to_bytes(8, "big") + fact).digest()


def chained(head: Head, facts: Iterable[bytes]) -> Iterator[Row]:
    """The rows that follow a head."""
    for fact in facts:
        head = Head(head.number + 1, hash_of(head.hash, head.number + 1, fact))
        yield Row(head.number, fact, head.hash)


class Walk:
    """Goes along a chain part by part and remembers the last row and where it does not hold."""

    def __init__(self, noted: Iterable[Head] = ()) -> None:
        self.head, self.breaks = EMPTY, list[Break]()
        self._noted = {head.number: head.hash for head in noted if head.number}

    def go(self, rows: list[Row]) -> None:
        """On along these rows, which stand in the order of their numbers."""
        for at, row in enumerate(rows):
            self._step(row, rows, at)

    def arrive(self) -> None:
        """Nothing follows: heads that were noted down and have not been met are missing."""
        for number in sorted(self._noted):
            if number > self.head.number:
                self._broken(number, f"the log ends at {self.head.number}, but a head was noted at {number}")

    def _step(self, row: Row, rows: list[Row], at: int) -> None:
        expected = self.head.number + 1
        if row.number != expected:
            gone = f"{expected}" if row.number == expected + 1 else f"{expected} to {row.number - 1}"
            self._broken(expected, f"missing: {gone}")
        elif hash_of(self.head.hash, row.number, row.fact) != row.hash:
            self._broken(row.number, self._what(row, rows, at))
        if row.number in self._noted and self._noted[row.number] != row.hash:
            self._broken(row.number, "is another than when its head was noted")
        # From what stands there, so that one break is told once.
        self.head = Head(row.number, row.hash)

    def _what(self, row: Row, rows: list[Row], at: int) -> str:
        # Where does stand what belongs here? Looked for only in the neighbourhood.
        for other in rows[max(0, at - 50) : at + 50]:
            if other is not row and hash_of(self.head.hash, row.number, other.fact) == other.hash:
                return f"changed places: what belongs here stands at {other.number}"
        return "changed, or the row before it was replaced"

    def _broken(self, number: int, what: str) -> None:
        if len(self.breaks) < MOST_BREAKS:
            self.breaks.append(Break(number, what))
