"""Deliveries of vaccine: doses dispatched to a region or received there."""

from collections.abc import Iterable

from connectors.incoming import cells as cell
from connectors.incoming.rows import BrokenRow, Cells, Columns, Report, Table, read

COLUMNS = Columns(
    needed=("systemName", "dateTimeCreated", "uniqueReference", "event", "date", "region", "product", "doses"),
    optional=("unit", "batch", "bestBefore", "nullified", "nullifiedReason"),
)


def reports(lines: Iterable[str]) -> Table[Report | BrokenRow]:
    """What the file says of deliveries, row by row."""
    return read(lines, COLUMNS, report)


def report(row: int, cells: Cells) -> Report:
    """What one row says of one delivery; raises BrokenCell where nobody could tell."""
    return Report(
        row,
        "DeliveryReport.v1",
        {
            "system_name": cells["systemName"],
            "unique_reference": cells["uniqueReference"],
            "reported_at": cell.reported_at(cells),
            "event": cells["event"],
            "on": cells["date"],
            "region": cells["region"],
            "unit": cells["unit"],
            "product": cells["product"],
            "batch": cells["batch"],
            "doses": cells["doses"],
            "best_before": cells["bestBefore"],
            "nullified": cell.nullified(cells),
            "nullified_reason": cells["nullifiedReason"],
        },
    )
