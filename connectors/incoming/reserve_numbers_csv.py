"""Reserve numbers that a region has issued: who they stand for and what that rests on."""

from collections.abc import Iterable

from connectors.incoming import cells as cell
from connectors.incoming.rows import BrokenRow, Cells, Columns, Report, Table, read

COLUMNS = Columns(
    needed=("systemName", "dateTimeCreated", "uniqueReference", "patientIdRoot", "patientId", "region"),
    optional=("birthDate", "birthYear", "sex", "evidence", "registeredBy", "date", "nullified", "nullifiedReason"),
)


def reports(lines: Iterable[str]) -> Table[Report | BrokenRow]:
    """What the file says of reserve numbers, row by row."""
    return read(lines, COLUMNS, report)


def report(row: int, cells: Cells) -> Report:
    """What one row says of one reserve number; raises BrokenCell where nobody could tell."""
    return Report(
        row,
        "ReserveNumberReport.v1",
        {
            "system_name": cells["systemName"],
            "unique_reference": cells["uniqueReference"],
            "reported_at": cell.reported_at(cells),
            "identity_root": cells["patientIdRoot"],
            "identity_value": cells["patientId"],
            "region": cells["region"],
            "birth_date": cells["birthDate"],
            "birth_year": cells["birthYear"],
            "sex": cell.sex(cells),
            "evidence": cells["evidence"],
            "registered_by": cells["registeredBy"],
            "registered_on": cells["date"],
            "nullified": cell.nullified(cells),
            "nullified_reason": cells["nullifiedReason"],
        },
    )
