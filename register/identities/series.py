"""The series of numbers that persons and organisations are known by: OID, issuer, form, what can be read out of it.

To add a series, or what a new source says of one, add a row to `series.csv` beside this module. An OID may have
several rows, where sources put several series under it: the first that a number fits is the number's. `form` is the
number without a hyphen before its last four signs; in it `born` and `sex` stand where they can be read. The tax
agency's numbers have no form there, being checked by the law's own rules (`national.py`), and no more have series
of which no source gives one: such a number is only (OID, value).

Sources, each row naming its own:

* Inera, Personuppgiftstjänsten: "Nationellt reservidformat" (also at CGI Östersund, Nationellt_ReservID specifikation
  1.0) and "Lokala Reservidn" 1.2 with later changes, for the national number, Stockholm, Västra Götaland, Värmland and
  Carelink; "Identifierare på Inera" for OIDs.
* HL7 Sweden, basprofiler-r4, SEBasePatient and its invariants as they stood in 2022: OID, form and one example of the
  regional series of Stockholm, Västra Götaland, Skåne, Värmland, Örebro, Blekinge, Västernorrland, Sörmland,
  Västerbotten, Halland, Gävleborg and Dalarna. Later versions leave regional numbers to the regions.
* The libraries tbillas/SwedishIdentifier and nwendel/PersonIdentifiers.Swedish, where neither says more.
* Region Stockholm (Vårdgivarguiden, "Reservnummer"), Västra Götalandsregionen ("Hantering av reservidentiteter").

No public source was found for the numbers of Uppsala, Östergötland, Jönköping, Kronoberg, Kalmar, Gotland,
Västmanland, Jämtland Härjedalen and Norrbotten, nor for a check digit, birth or sex where the row says "no".
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from register.identities.check_digit import CheckDigit
from register.identities.identity import Sex

SeriesKind = Literal["personal", "coordination", "reserve", "organisation", "opaque"]
# no: nothing is read. date: the day of birth, which some calendars lack. calendar: a day that the calendar must have.
# shifted: the day of birth, its century raised by 3, 6, 9 …
Birth = Literal["no", "date", "calendar", "shifted"]


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One row: numbers of one form, under one OID, from one issuer."""

    root: str
    kind: SeriesKind
    issuer: str
    region: str
    form: re.Pattern[str] | None
    check_digit: CheckDigit | None
    birth: Birth
    sexes: Mapping[str, Sex]
    told_by_value: bool
    flags: tuple[str, ...]
    examples: tuple[str, ...]
    source: str
    note: str


@cache
def all_series() -> tuple[Series, ...]:
    """Every series that the register knows, in the order of the file."""
    text = files(__package__).joinpath("series.csv").read_text(encoding="utf-8")
    return tuple(_series(row) for row in csv.DictReader(text.splitlines(), delimiter=";"))


@cache
def series_by_root() -> dict[str, tuple[Series, ...]]:
    """The series of each OID, in the order in which a number is tried against them."""
    rows = all_series()
    return {root: tuple(row for row in rows if row.root == root) for root in dict.fromkeys(row.root for row in rows)}


def root_of(kind: SeriesKind) -> str:
    """The first OID of a kind: of personal identity and of coordination numbers there is only one."""
    return next(row.root for row in all_series() if row.kind == kind)


def _series(row: dict[str, str]) -> Series:
    women: dict[str, Sex] = dict.fromkeys(row["female"], "F")
    men: dict[str, Sex] = dict.fromkeys(row["male"], "M")
    return Series(
        row["root"],
        row["kind"],  # type: ignore[arg-type]  # a test holds the file's words against these types
        row["issuer"],
        row["region"],
        re.compile(row["form"], re.ASCII) if row["form"] else None,
        CheckDigit.over(int(row["check_from"]), row["check_letters"]) if row["check_from"] else None,
        row["birth"],  # type: ignore[arg-type]
        women | men,
        row["told_by_value"] == "yes",
        ("IDENTITY-OID-DISPUTED",) if row["disputed"] == "yes" else (),
        tuple(row["examples"].split("|")) if row["examples"] else (),
        row["source"],
        row["note"],
    )
