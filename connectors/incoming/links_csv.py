"""What was found out of two identities: one person, two again, or two for good."""

from collections.abc import Iterable

from connectors.incoming import cells as cell
from connectors.incoming.rows import BrokenRow, Cells, Columns, Report, Table, read

COLUMNS = Columns(
    needed=("systemName", "dateTimeCreated", "event", "patientIdType", "patientId", "absorbedIdType", "absorbedId"),
    optional=("uniqueReference", "patientIdRoot", "absorbedIdRoot", "reason", "evidence", "decidedBy"),
)


def reports(lines: Iterable[str]) -> Table[Report | BrokenRow]:
    """What the file says of pairs of identities, row by row."""
    return read(lines, COLUMNS, report)


def report(row: int, cells: Cells) -> Report:
    """What one row says of two identities; raises BrokenCell where nobody could tell."""
    return Report(
        row,
        "IdentityLinkReport.v1",
        {
            "system_name": cells["systemName"],
            "unique_reference": cells["uniqueReference"],
            "reported_at": cell.reported_at(cells),
            "event": cells["event"],
            "identity_root": cell.identity_root(cells),
            "identity_value": cells["patientId"],
            "absorbed_root": cell.identity_root(cells, "absorbed"),
            "absorbed_value": cells["absorbedId"],
            "reason": cells["reason"],
            "evidence": cells["evidence"],
            "decided_by": cells["decidedBy"],
        },
    )
