"""Reading ahead changes when things are read, and nothing else."""

from collections.abc import Generator
from threading import Event

import pytest

from projections.ahead import ahead


def test_items_come_in_order_and_the_next_one_is_fetched_meanwhile() -> None:
    fetched = [Event() for _ in range(3)]

    def items() -> Generator[int, None, None]:
        for number, event in enumerate(fetched):
            event.set()
            yield number

    coming = ahead(items())
    assert next(coming) == 0
    assert fetched[1].wait(5)
    assert list(coming) == [1, 2]


def test_what_breaks_while_reading_breaks_where_it_is_used() -> None:
    def items() -> Generator[int, None, None]:
        yield 1
        raise ConnectionError("gone")

    coming = ahead(items())
    assert next(coming) == 1
    with pytest.raises(ConnectionError, match="gone"):
        next(coming)


def test_who_stops_early_closes_what_was_read_from() -> None:
    closed = Event()

    def items() -> Generator[int, None, None]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    coming = ahead(items())
    next(coming)
    coming.close()
    assert closed.is_set()
