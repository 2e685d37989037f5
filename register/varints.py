"""Numbers as Avro and Kafka write them: zigzag (small in either direction is short), seven bits to a byte."""

from functools import lru_cache


@lru_cache(maxsize=4096)  # an id stands in several facts, which are written one after the other
def _zigzag(number: int) -> bytes:
    rest = number << 1 if number >= 0 else (-number << 1) - 1
    out = []
    while rest > 16_383:
        out.append(_FOURTEEN_BITS[rest & 16_383])
        rest >>= 14
    out.append(_LAST_BITS[rest])
    return b"".join(out)


# Two bytes at a time: those after which more comes, and those that end a number.
_FOURTEEN_BITS = [bytes((bits & 127 | 128, bits >> 7 | 128)) for bits in range(1 << 14)]
_LAST_BITS = [bytes((bits & 127 | 128, bits >> 7)) if bits > 127 else bytes((bits,)) for bits in range(1 << 14)]
_SMALL = [_zigzag.__wrapped__(number) for number in range(1 << 14)]


def zigzag(number: int) -> bytes:
    """The bytes of a whole number."""
    return _SMALL[number] if 0 <= number < 16_384 else _zigzag(number)
