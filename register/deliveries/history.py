"""A stock's deliveries as the register knows them: every record's latest report."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from typing import assert_never

from register.deliveries.facts import (
    DeliveryCorrected,
    DeliveryRecorded,
    DeliveryReinstated,
    DeliveryWithdrawn,
    StockFact,
)


@dataclass(frozen=True, slots=True)
class DeliveryContent:
    """What a report says of a delivery, understood."""

    event: str
    on: date
    region: str
    unit: str
    product: str
    batch: str
    doses: int
    best_before: date | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """The latest report of one delivery's record. One that was only ever taken back has no content."""

    delivery_id: int
    reported_at: datetime
    content: DeliveryContent | None
    live: bool


@dataclass(frozen=True, slots=True)
class StockHistory:
    """A stock's history so far; `version` is that of the last fact, 0 before the first."""

    stock_id: int
    version: int
    deliveries: dict[bytes, Delivery]


def empty_stock(stock_id: int) -> StockHistory:
    """The history of a stock that nothing was ever delivered to."""
    return StockHistory(stock_id, 0, {})


def evolve(history: StockHistory, fact: StockFact) -> StockHistory:
    """The history after one more fact. Never fails and never forgets."""
    match fact:
        case DeliveryRecorded() | DeliveryCorrected() | DeliveryReinstated():
            content = DeliveryContent(
                fact.event, fact.on, fact.region, fact.unit, fact.product, fact.batch, fact.doses, fact.best_before
            )
            delivery = Delivery(fact.delivery_id, fact.reported_at, content, True)
        case DeliveryWithdrawn():
            known = history.deliveries.get(fact.record)
            delivery = Delivery(fact.delivery_id, fact.reported_at, known.content if known else None, False)
        case _:
            assert_never(fact)
    return StockHistory(history.stock_id, fact.version, {**history.deliveries, fact.record: delivery})


def history_of(stock_id: int, facts: Iterable[StockFact]) -> StockHistory:
    """The history that all facts of a stock amount to."""
    return reduce(evolve, facts, empty_stock(stock_id))
