"""Numbers as Avro and Kafka write them: zigzag (small in either direction is short), seven bits to a byte."""


def _zigzag(number: int) -> bytes:
    rest = number << 1 if number >= 0 else (-number << 1) - 1
    out = bytearray()
    while rest > 127:
        out.append(rest & 127 | 128)
        rest >>= 7
    out.append(rest)
    return bytes(out)


_SMALL = [_zigzag(number) for number in range(1 << 14)]


def zigzag(number: int) -> bytes:
    """The bytes of a whole number."""
    return _SMALL[number] if 0 <= number < 16_384 else _zigzag(number)
