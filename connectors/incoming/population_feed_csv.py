"""Changes in the population register: who lives where from which day, who died, who is protected.

The feed has neither references nor times of its own: what makes two rows the same is their content, and a change
counts as reported when the file is sent.
"""

from collections.abc import Iterable
from datetime import datetime

from connectors.incoming import cells as cell
from connectors.incoming.rows import BrokenRow, Cells, Columns, Report, Table, read

SYSTEM = "population-register"

COLUMNS = Columns(
    needed=("patientIdType", "patientId", "event", "date"),
    optional=("patientIdRoot", "birthDate", "birthYear", "sex", "municipality", "deso", "protection"),
)


def reports(lines: Iterable[str], sent_at: datetime) -> Table[Report | BrokenRow]:
    """What the file says of people, row by row; `sent_at` in UTC is when it says so."""
    return read(lines, COLUMNS, lambda row, cells: report(row, cells, sent_at))


def report(row: int, cells: Cells, sent_at: datetime) -> Report:
    """What one row says of one person; raises BrokenCell where nobody could tell."""
    return Report(
        row,
        "PopulationChangeReport.v1",
        {
            "system_name": SYSTEM,
            "unique_reference": "",
            "reported_at": sent_at,
            "identity_root": cell.identity_root(cells),
            "identity_value": cells["patientId"],
            "event": cells["event"],
            "on": cells["date"],
            "birth_date": cells["birthDate"],
            "birth_year": cells["birthYear"],
            "sex": cell.sex(cells),
            "municipality": cells["municipality"],
            "deso": cells["deso"],
            "protection": cells["protection"],
        },
    )
