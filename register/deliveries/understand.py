"""A delivery report read: every word understood, or every reason why it cannot be."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from register.decision import Context, Refused
from register.deliveries.history import DeliveryContent
from register.deliveries.rules import FLAGS, REFUSES, Reading
from register.ids import stock_id
from register.masking import masked
from register.rules import codes_of
from register.words import plain, read_day, read_whole_number

# More doses than the world has people are a slip of the keyboard.
MOST_DOSES = 10_000_000_000


@dataclass(frozen=True, slots=True)
class UnderstoodDelivery:
    """A delivery report that can be decided. A withdrawal may have no content; it still has a stock."""

    stock_id: int
    reported_at: datetime
    nullified: bool
    reason: str
    content: DeliveryContent | None
    flags: tuple[str, ...]


def understand_delivery(report: dict[str, Any], ctx: Context) -> UnderstoodDelivery | Refused:
    """What a DeliveryReport.v1 says, by the rules in force on the register's day."""
    product = ctx.definitions.product_named(report["product"])
    region = plain(report["region"])
    as_written = plain(report["unit"]), plain(report["batch"]), plain(report["product"])
    unit, batch, product_text = [masked(text) for text in as_written]
    if product is not None:
        product_text = product.name
    hidden = (unit, batch) != as_written[:2] or (product is None and product_text != as_written[2])
    stock = stock_id(region, unit, product_text, batch)
    reported_at, reason = ctx.written_at(report["reported_at"]), masked(plain(report["nullified_reason"]))
    if report["nullified"] and report["unique_reference"].strip():
        # The reference alone names what is taken back.
        return UnderstoodDelivery(stock, reported_at, True, reason, None, ())
    on, best_before = read_day(report["on"]), read_day(report["best_before"])
    doses = read_whole_number(report["doses"], 1, MOST_DOSES)
    reading = Reading(report, on, doses, product, best_before, hidden, ctx.today)
    codes = codes_of(REFUSES, reading, ctx.today)
    if codes or on is None or doses is None:
        return Refused(codes)
    content = DeliveryContent(report["event"], on, region, unit, product_text, batch, doses, best_before)
    flags = codes_of(FLAGS, reading, ctx.today)
    return UnderstoodDelivery(stock, reported_at, report["nullified"], reason, content, flags)
