"""What a delivery report comes to, given what is known."""

from register.decision import OLDER_THAN_KNOWN, REINSTATED, WITHDRAWAL_BEFORE_REPORT, Context, Decision, Outcome
from register.deliveries.facts import (
    Cause,
    DeliveryCorrected,
    DeliveryRecorded,
    DeliveryReinstated,
    DeliveryWithdrawn,
    StockFact,
)
from register.deliveries.history import Delivery, DeliveryContent, StockHistory
from register.deliveries.understand import UnderstoodDelivery
from register.last_word import Word, is_older


def decide_delivery(
    understood: UnderstoodDelivery, stock: StockHistory, other: StockHistory | None, ctx: Context
) -> Decision[StockFact]:
    """The facts that the report leads to.

    `stock` is the one that the report names; `other` is given where the record is known in another stock.
    """
    home = other if other is not None and ctx.record in other.deliveries else stock
    known = home.deliveries.get(ctx.record)
    if known is not None and is_older(_word(understood, stock), _held(known, home)):
        return Decision((), "already-known", (*understood.flags, OLDER_THAN_KNOWN), home.stock_id)
    if understood.nullified or understood.content is None:
        return _take_back(understood, home, known, ctx)
    return _deliver(understood, understood.content, stock, home, ctx)


def _word(understood: UnderstoodDelivery, stock: StockHistory) -> Word:
    return Word(understood.reported_at, None if understood.nullified else understood.content, stock.stock_id)


def _held(known: Delivery, home: StockHistory) -> Word:
    return Word(known.reported_at, known.content if known.live else None, home.stock_id)


def _take_back(
    understood: UnderstoodDelivery, home: StockHistory, known: Delivery | None, ctx: Context
) -> Decision[StockFact]:
    outcome: Outcome = "withdrawn"
    codes = understood.flags
    if known is None:
        codes = (*codes, WITHDRAWAL_BEFORE_REPORT)
    elif not known.live:
        outcome = "already-known"
        if known.reported_at == understood.reported_at:
            return Decision((), outcome, codes, home.stock_id)
    delivery_id = known.delivery_id if known else ctx.new_id()
    withdrawn = _withdrawn(understood, delivery_id, "withdrawn", home, ctx)
    return Decision((withdrawn,), outcome, codes, home.stock_id)


def _deliver(
    understood: UnderstoodDelivery, content: DeliveryContent, stock: StockHistory, home: StockHistory, ctx: Context
) -> Decision[StockFact]:
    known = home.deliveries.get(ctx.record)
    codes = understood.flags
    if known is None or known.content is None:
        delivery_id = known.delivery_id if known else ctx.new_id()
        recorded = _said((DeliveryRecorded, delivery_id, "reported"), understood, content, stock, ctx)
        return Decision((recorded,), "recorded", codes, stock.stock_id)
    delivery_id = known.delivery_id
    if not known.live:
        kind = DeliveryReinstated if home is stock else DeliveryRecorded
        again = _said((kind, delivery_id, "reinstated"), understood, content, stock, ctx)
        return Decision((again,), "corrected", (*codes, REINSTATED), stock.stock_id)
    if home is not stock:
        gone = _withdrawn(understood, delivery_id, "corrected", home, ctx)
        come = _said((DeliveryRecorded, delivery_id, "corrected"), understood, content, stock, ctx)
        return Decision((gone, come), "corrected", codes, stock.stock_id)
    if known.content == content:
        if known.reported_at == understood.reported_at:
            return Decision((), "already-known", codes, stock.stock_id)
        # Remembered, so that a report written in between cannot overwrite it later.
        confirmed = _said((DeliveryCorrected, delivery_id, "reported"), understood, content, stock, ctx)
        return Decision((confirmed,), "already-known", codes, stock.stock_id)
    corrected = _said((DeliveryCorrected, delivery_id, "corrected"), understood, content, stock, ctx)
    return Decision((corrected,), "corrected", codes, stock.stock_id)


def _said(
    how: tuple[type[DeliveryRecorded | DeliveryCorrected | DeliveryReinstated], int, Cause],
    understood: UnderstoodDelivery,
    content: DeliveryContent,
    stock: StockHistory,
    ctx: Context,
) -> StockFact:
    kind, delivery_id, cause = how
    return kind(
        stock.stock_id,
        stock.version + 1,
        ctx.now,
        ctx.receipt,
        delivery_id,
        cause,
        ctx.record,
        understood.reported_at,
        content.event,
        content.on,
        content.region,
        content.unit,
        content.product,
        content.batch,
        content.doses,
        content.best_before,
        understood.flags,
    )


def _withdrawn(
    understood: UnderstoodDelivery, delivery_id: int, cause: Cause, home: StockHistory, ctx: Context
) -> DeliveryWithdrawn:
    return DeliveryWithdrawn(
        home.stock_id,
        home.version + 1,
        ctx.now,
        ctx.receipt,
        delivery_id,
        cause,
        ctx.record,
        understood.reported_at,
        understood.reason,
    )
