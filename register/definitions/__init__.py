"""What the register and its statistics go by, as dated rows: products, diseases, counting, certificates, settings.

To add a product, a rule or a new value of a setting, add a row to the CSV file beside this module; rows that were once
in force stay, so that older numbers can still be explained. Nothing here is decided in code.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files

UNKNOWN = 0


class UnknownDefinition(Exception):
    """A name that no definition file holds."""


@dataclass(frozen=True)
class Product:
    """A vaccine; `series_doses` completes a primary series, `min_days_between` is in days (product information)."""

    number: int
    name: str
    disease: str
    series_doses: int
    min_days_between: int
    eu_number: str
    npl_ids: tuple[str, ...]
    spellings: tuple[str, ...]
    valid_from: date


@dataclass(frozen=True)
class Disease:
    """A disease vaccinated against; events carry its `code`, tables its `number`."""

    number: int
    code: str
    name_sv: str
    name_en: str
    spellings: tuple[str, ...]


@dataclass(frozen=True)
class CountingRule:
    """Dose `dose` counts if given from a day on and at least so many days after the dose that counted before it."""

    disease: str
    dose: int
    given_from: date
    min_days_after_previous: int
    source: str


@dataclass(frozen=True)
class CertificateRule:
    """From a day on, a series is so many doses, and a certificate may be issued so many days after its last one."""

    disease: str
    valid_from: date
    doses_in_series: int
    days_after_series: int
    source: str


@dataclass(frozen=True)
class Protection:
    """A grade of protected identity, what it hides in every output, and whether the identity is ever linked.

    `ends`: no grade, but the word by which a protection ends. No row has a day: a grade hides whenever it is told of.
    """

    grade: str
    name_sv: str
    name_en: str
    spellings: tuple[str, ...]
    masks_unit: bool
    masks_municipality: bool
    masks_deso: bool
    never_linked: bool
    ends: bool
    source: str


@dataclass(frozen=True)
class Setting:
    """One dated value of a setting of the statistics."""

    name: str
    value: str
    valid_from: date
    source: str


@cache
def products() -> tuple[Product, ...]:
    """Every vaccine that the register knows, in the order of the file."""
    return tuple(
        Product(
            int(row["number"]),
            row["name"],
            row["disease"],
            int(row["series_doses"]),
            int(row["min_days_between"]),
            row["eu_number"],
            _list(row["npl_ids"]),
            _list(row["spellings"]),
            date.fromisoformat(row["valid_from"]),
        )
        for row in _rows("products.csv")
    )


@cache
def diseases() -> tuple[Disease, ...]:
    """Every disease that the register counts."""
    return tuple(
        Disease(int(row["number"]), row["code"], row["name_sv"], row["name_en"], _list(row["spellings"]))
        for row in _rows("diseases.csv")
    )


@cache
def counting_rules() -> tuple[CountingRule, ...]:
    """When a dose raises a person's level; a dose without a rule always does. In the order of the days."""
    rules = (
        CountingRule(
            row["disease"],
            int(row["dose"]),
            date.fromisoformat(row["given_from"]),
            int(row["min_days_after_previous"]),
            row["source"],
        )
        for row in _rows("counting.csv")
    )
    return tuple(sorted(rules, key=lambda rule: (rule.disease, rule.dose, rule.given_from)))


@cache
def certificate_rules() -> tuple[CertificateRule, ...]:
    """When a certificate may be issued, in the order of the days."""
    rules = (
        CertificateRule(
            row["disease"],
            date.fromisoformat(row["valid_from"]),
            int(row["doses_in_series"]),
            int(row["days_after_series"]),
            row["source"],
        )
        for row in _rows("certificate.csv")
    )
    return tuple(sorted(rules, key=lambda rule: (rule.disease, rule.valid_from)))


@cache
def settings() -> tuple[Setting, ...]:
    """Settings of the statistics with all their dated values, in the order of the days."""
    found = (
        Setting(row["name"], row["value"], date.fromisoformat(row["valid_from"]), row["source"])
        for row in _rows("statistics.csv")
    )
    return tuple(sorted(found, key=lambda setting: (setting.name, setting.valid_from)))


@cache
def protections() -> tuple[Protection, ...]:
    """Every grade of protected identity that the population register has, and the word for none."""
    return tuple(
        Protection(
            row["grade"],
            row["name_sv"],
            row["name_en"],
            _list(row["spellings"]),
            row["masks_unit"] == "yes",
            row["masks_municipality"] == "yes",
            row["masks_deso"] == "yes",
            row["never_linked"] == "yes",
            row["ends"] == "yes",
            row["source"],
        )
        for row in _rows("protection.csv")
    )


def protection_named(text: str) -> Protection | None:
    """The grade of that name or spelling, whatever the case; None if the list does not know it."""
    return _protections_by_spelling().get(_folded(text))


def protection_code(text: str) -> str:
    """The register's own code of a grade, however it was written; as it was written, if the list does not know it."""
    known = protection_named(text)
    return known.grade if known else text


def product_named(text: str) -> Product | None:
    """The vaccine of that name, EU number, NPL-id or spelling, whatever the case; None if the list does not know it."""
    return _products_by_spelling().get(_folded(text))


def disease_named(text: str) -> Disease | None:
    """The disease of that code, name or spelling, whatever the case; None if the list does not know it."""
    return _diseases_by_spelling().get(_folded(text))


def certificate_rule(disease: str, on: date) -> CertificateRule | None:
    """The rule in force on a day; None before the first."""
    in_force = [rule for rule in certificate_rules() if rule.disease == disease and rule.valid_from <= on]
    return in_force[-1] if in_force else None


def first_certificate_rule(disease: str) -> CertificateRule | None:
    """The rule that will be in force first: what a series is, on days before any certificate is issued."""
    return next((rule for rule in certificate_rules() if rule.disease == disease), None)


def dated(name: str) -> tuple[Setting, ...]:
    """All values of a setting, in the order of the days; raises UnknownDefinition."""
    found = tuple(setting for setting in settings() if setting.name == name)
    if not found:
        raise UnknownDefinition(name)
    return found


def late_after_days() -> tuple[tuple[date, int], ...]:
    """(from the day known, days): a dose known more than so many days after it was given is late."""
    return tuple((setting.valid_from, int(setting.value)) for setting in dated("late_after_days"))


@lru_cache(maxsize=4096)
def many_doses(given_on: date) -> int | None:
    """How many doses a person can have had by a day before one more is flagged; None before the first value."""
    in_force = [setting.value for setting in dated("many_doses") if setting.valid_from <= given_on]
    return int(in_force[-1]) if in_force else None


def dead_leave_from() -> date:
    """Day from which the dead are in neither numerator nor denominator: the value last decided."""
    return date.fromisoformat(dated("dead_leave_from")[-1].value)


@cache
def _products_by_spelling() -> dict[str, Product]:
    return {
        _folded(word): product
        for product in products()
        for word in (product.name, product.eu_number, *product.npl_ids, *product.spellings)
        if word
    }


@cache
def _protections_by_spelling() -> dict[str, Protection]:
    return {
        _folded(word): grade
        for grade in protections()
        for word in (grade.grade, grade.name_sv, grade.name_en, *grade.spellings)
    }


@cache
def _diseases_by_spelling() -> dict[str, Disease]:
    return {
        _folded(word): disease
        for disease in diseases()
        for word in (disease.code, disease.name_sv, disease.name_en, *disease.spellings)
        if word
    }


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip())


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = files(__name__).joinpath(name).read_text(encoding="utf-8")
    return iter(list(csv.DictReader(text.splitlines(), delimiter=";")))
