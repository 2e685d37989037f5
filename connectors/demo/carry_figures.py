"""Carries the agency's workbook of 15 April 2021 and its table of deliveries into the CSV files that the demo reads.

    python -m connectors.demo.carry_figures

Figures are carried as printed, suppressed cells (`.`) too; figures.py solves those. The folder with the workbook is
VAXREG_REFERENCE_DATA (default ../shared/data). Only somebody who checks the figures needs this, and openpyxl. Of
deliveries, those are carried that had arrived when the figures came out; plans are not.
"""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from register.areas import region_code

WORKBOOK = Path("fhm") / "Folkhalsomyndigheten_Covid19_Vaccine_2021-04-15.xlsx"
DELIVERIES = Path("deliveries") / "deliveries_2021.csv"
FIGURES = Path(__file__).parent / "figures_2021w14"

DOSE = {"Minst 1 dos": 1, "Färdigvaccinerade": 2}  # no one-dose product was in use yet
SEX = {"Kvinnor": "F", "Män": "M"}
AGE = {"90 eller äldre": "90-"}

DELIVERED = ("delivered_w52_6", "delivered_w7", "delivered_w8", "delivered_w52_13", "delivered_w14")

Row = Sequence[Any]


def reference_data() -> Path:
    return Path(os.environ.get("VAXREG_REFERENCE_DATA", "../shared/data"))


def carried(workbook: Path) -> dict[str, str]:
    """File name to content, for every sheet of the workbook that holds figures."""
    from openpyxl import load_workbook  # noqa: PLC0415  (of the dev extra: the demo itself never opens a workbook)

    book = load_workbook(workbook, read_only=True)
    sheets: dict[str, Sequence[Row]] = {sheet.title: list(sheet.iter_rows(values_only=True))[1:] for sheet in book}
    book.close()
    return {
        "weeks.csv": _weeks(sheets["Vaccinationer tidsserie"], sheets["Vaccinerade tidsserie"]),
        "ages.csv": _ages(sheets["Vaccinerade ålder"]),
        "sexes.csv": _sexes(sheets["Vaccinerade kön"]),
        "municipalities.csv": _csv(
            ("municipality", "dose_1", "dose_2"), ((row[0], row[2], row[3]) for row in sheets["Vaccinerade kommun"])
        ),
        "municipality_ages.csv": _csv(
            ("municipality", "age_group", "population", "dose_1", "dose_2"),
            (
                (code, AGE.get(age, age), population, first, second)
                for _, _, code, _, age, population, first, second, *_ in sheets["Vaccinerade kommun och ålder"]
            ),
        ),
    }


def carried_deliveries(table: Path) -> dict[str, str]:
    """The deliveries file, its columns named as in the table."""
    with table.open(encoding="utf-8") as lines:
        rows = [(region["region"], *(region[column] for column in DELIVERED)) for region in csv.DictReader(lines)]
    return {"deliveries.csv": _csv(("region", *DELIVERED), rows)}


def _weeks(doses: Iterable[Row], persons: Iterable[Row]) -> str:
    """Doses, persons with at least one and with two, cumulative: one line per region and ISO week."""
    by_dose = {(name, year, week, DOSE[status]): n for week, year, name, n, _, status, *_ in persons}
    return _csv(
        ("region", "week", "doses", "dose_1", "dose_2"),
        (
            (region_code(name), f"{year}{week:>02}", n, by_dose[name, year, week, 1], by_dose[name, year, week, 2])
            for week, year, name, n, *_ in doses
        ),
    )


def _ages(persons: Iterable[Row]) -> str:
    by_dose = {(name, age, DOSE[status]): n for name, age, n, _, status, *_ in persons}
    return _csv(
        ("region", "age_group", "dose_1", "dose_2"),
        (
            (region_code(name), "total" if age == "Totalt" else AGE.get(age, age), n, by_dose[name, age, 2])
            for (name, age, dose), n in by_dose.items()
            if dose == 1
        ),
    )


def _sexes(persons: Iterable[Row]) -> str:
    """The sheet prints counts and shares; the population is one divided by the other, the same from both doses."""
    cells = {(SEX[sex], DOSE[status]): (n, share) for sex, n, share, status, *_ in persons if sex in SEX}
    lines = []
    for sex in SEX.values():
        (first, share_1), (second, share_2) = cells[sex, 1], cells[sex, 2]
        population = round(first / share_1)
        if population != round(second / share_2):
            raise ValueError(f"sheet by sex: the shares of {sex} give two populations")
        lines.append((sex, population, first, second))
    return _csv(("sex", "population", "dose_1", "dose_2"), lines)


def _csv(header: Sequence[str], lines: Iterable[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue()


if __name__ == "__main__":
    FIGURES.mkdir(exist_ok=True)
    from_both = carried(reference_data() / WORKBOOK) | carried_deliveries(reference_data() / DELIVERIES)
    for name, content in from_both.items():
        (FIGURES / name).write_text(content, encoding="utf-8")
        print(f"{name}: {content.count(chr(10)) - 1} lines")
