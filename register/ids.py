"""Opaque ids: random numbers that say nothing about whom or what they name."""

import secrets
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

PERSON_TAG = 1
STOCK_TAG = 2
_LOW_64 = (1 << 64) - 1


def new_id() -> int:
    """A random positive 63-bit number; a person's is unique by the vault's primary key, others within their history."""
    return secrets.randbits(63) or 1


def show_id(number: int) -> str:
    """An id as people and files see it: 16 hexadecimal digits."""
    return f"{number:016x}"


def stock_id(region: str, unit: str, product: str, batch: str) -> int:
    """The stock that a delivery enters: the same four words give the same id everywhere."""
    digest = sha256("\x1f".join((region, unit, product, batch)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


@lru_cache(maxsize=50_000)  # a batch asks for each of its histories several times
def stream(tag: int, number: int) -> UUID:
    """Id of a history in the event store; `subject` is the way back."""
    return UUID(int=(tag << 64) | number)


def subject(stream: UUID) -> tuple[int, int]:
    """(tag, id) of a history: whether it is a person's or a stock's, and whose."""
    return stream.int >> 64, stream.int & _LOW_64


def event_key(number: int) -> bytes:
    """Kafka key of every fact about a person or a stock: its id, 8 bytes, big-endian."""
    return number.to_bytes(8, "big")
