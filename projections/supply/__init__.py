"""How many doses were dispatched to and received in each region, by product and week, as known on a day."""

from projections.supply.project import Supply
from projections.supply.query import SupplyRow, supply

__all__ = ["Supply", "SupplyRow", "supply"]
