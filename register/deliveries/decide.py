"""What a delivery report comes to, given what is known."""

from register.decision import Context, Decision
from register.deliveries.facts import StockFact
from register.deliveries.history import StockHistory
from register.deliveries.understand import UnderstoodDelivery


def decide_delivery(
    understood: UnderstoodDelivery, stock: StockHistory, other: StockHistory | None, ctx: Context
) -> Decision[StockFact]:
    """The facts that the report leads to.

    `stock` is the one that the report names; `other` is given where the record is known in another stock.
    """
    raise NotImplementedError
