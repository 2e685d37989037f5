"""Doses in the agency's CSV for covid vaccinations, with the columns added here for what it leaves out.

Source: Folkhälsomyndigheten, file transfer to the national vaccination register, covid-19: the first six columns
are the agency's, the rest of its columns is not public. Those that follow are this register's own.
"""

from collections.abc import Iterable

from connectors.incoming import cells as cell
from connectors.incoming.rows import BrokenRow, Cells, Columns, Report, Table, read

# The agency's file has no column for it: it is the file for covid-19.
FILE_IS_ABOUT = "COVID19"

COLUMNS = Columns(
    needed=(
        "systemName",
        "dateTimeCreated",
        "uniqueReference",
        "patientId",
        "patientIdType",
        "NPLId",
        "vaccinationDate",
    ),
    optional=(
        "patientIdRoot",
        "vaccineName",
        "batchNumber",
        "doseNumber",
        "disease",
        "careProvider",
        "careUnit",
        "careUnitMunicipality",
        "setting",
        "campaign",
        "nullified",
        "nullifiedReason",
    ),
)


def reports(lines: Iterable[str]) -> Table[Report | BrokenRow]:
    """What the file says of doses, row by row."""
    return read(lines, COLUMNS, report)


def report(row: int, cells: Cells) -> Report:
    """What one row says of one dose; raises BrokenCell where nobody could tell."""
    return Report(
        row,
        "DoseReport.v1",
        {
            "system_name": cells["systemName"],
            "unique_reference": cells["uniqueReference"],
            "reported_at": cell.reported_at(cells),
            "identity_root": cell.identity_root(cells),
            "identity_value": cells["patientId"],
            "given_on": cells["vaccinationDate"],
            "disease": cells["disease"] or FILE_IS_ABOUT,
            "npl_id": cells["NPLId"],
            "product_name": cells["vaccineName"],
            "batch": cells["batchNumber"],
            "dose_number": cells["doseNumber"],
            "care_provider": cells["careProvider"],
            "care_unit": cells["careUnit"],
            "care_unit_municipality": cells["careUnitMunicipality"],
            "setting": cells["setting"],
            "campaign": cells["campaign"],
            "nullified": cell.nullified(cells),
            "nullified_reason": cells["nullifiedReason"],
        },
    )
