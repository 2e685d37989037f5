"""The agency's table of delivered doses per region, spring 2021, as rows of the deliveries file.

The table has one row per region and columns of weeks: `delivered_w52_6` is the sum of weeks 52 of 2020 to 6 of
2021, `delivered_w52_13` the sum to week 13 and so contains the columns before it; what is left of it is weeks 9
to 13. `planned_*` are plans, not deliveries, and stay out. The table says neither product nor unit nor day: the
product is `not stated`, the day the Sunday that ends the weeks. Source: Folkhälsomyndigheten, delivered doses.

`vaxreg deliveries` takes this table as it takes the deliveries file.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import chain

from connectors.incoming import deliveries_csv
from connectors.incoming.deliveries_csv import COLUMNS
from connectors.incoming.rows import BrokenRow, Cells, Report, Table, UnreadableFile
from register.areas import region_code

NOT_STATED = "not stated"
SYSTEM = "fhm-deliveries"
_WEEKS = re.compile(r"delivered_w(?:(\d+)_)?(\d+)")


def reports(lines: Iterable[str]) -> Table[Report | BrokenRow]:
    """What a deliveries file says, or the agency's table, which is known by its first column."""
    source = iter(lines)
    header = next(source, "")
    if not header.startswith("region,"):
        return deliveries_csv.reports(chain([header] if header else [], source))
    found = rows(chain([header], source))
    return Table((deliveries_csv.report(number, cells) for number, cells in enumerate(found, 1)), ())


def rows(lines: Iterable[str]) -> Iterator[Cells]:
    """One row of the deliveries file for each region and stretch of weeks."""
    regions = csv.DictReader(lines)
    try:
        for region in regions:
            yield from _of_region(region)
    except (KeyError, TypeError, ValueError, csv.Error):
        raise UnreadableFile(f"line {regions.line_num} needs a region's name and whole numbers of doses") from None


def _of_region(region: dict[str, str]) -> Iterator[Cells]:
    code = region_code(region["region"])
    delivered = 0
    for column, text in region.items():
        weeks = _WEEKS.fullmatch(column)
        if weeks is None:
            continue
        last = int(weeks[2])
        doses = int(text) - (delivered if weeks[1] else 0)
        delivered += doses
        yield _row(code, last, doses)


def _row(region: str, last_week: int, doses: int) -> Cells:
    ends = date.fromisocalendar(2021, last_week, 7)
    return dict.fromkeys((*COLUMNS.needed, *COLUMNS.optional), "") | {
        "systemName": SYSTEM,
        "dateTimeCreated": f"{ends + timedelta(days=1)}T12:00:00",
        "uniqueReference": f"{region}-to-2021-W{last_week:02}",
        "event": "received",
        "date": ends.isoformat(),
        "region": region,
        "product": NOT_STATED,
        "doses": str(doses),
    }
