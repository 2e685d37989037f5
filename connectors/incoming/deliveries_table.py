"""The agency's table of delivered doses per region, spring 2021, as rows of the deliveries file.

The table has one row per region and columns of weeks: `delivered_w52_6` is the sum of weeks 52 of 2020 to 6 of
2021, `delivered_w52_13` the sum to week 13 and so contains the columns before it; what is left of it is weeks 9
to 13. `planned_*` are plans, not deliveries, and stay out. The table says neither product nor unit nor day: the
product is `not stated`, the day the Sunday that ends the weeks. Source: Folkhälsomyndigheten, delivered doses.

    python -m connectors.incoming.deliveries_table < deliveries_2021.csv | vaxreg deliveries -
"""

import csv
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from connectors.incoming.deliveries_csv import COLUMNS
from connectors.incoming.rows import Cells
from register.areas import region_code

NOT_STATED = "not stated"
SYSTEM = "fhm-deliveries"
_WEEKS = re.compile(r"delivered_w(?:(\d+)_)?(\d+)")


def rows(lines: Iterable[str]) -> Iterator[Cells]:
    """One row of the deliveries file for each region and stretch of weeks."""
    for region in csv.DictReader(lines):
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


def main() -> None:
    """The table on standard input as a deliveries file on standard output."""
    out = csv.DictWriter(sys.stdout, (*COLUMNS.needed, *COLUMNS.optional), delimiter=";", lineterminator="\n")
    out.writeheader()
    out.writerows(rows(sys.stdin))


if __name__ == "__main__":
    main()
