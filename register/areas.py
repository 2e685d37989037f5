"""Names and codes of Sweden's 21 regions and 290 municipalities."""

import csv
from functools import cache
from importlib import resources

NATION = "00"

# Spellings that the agency and the regions use beside the short name in areas.csv.
OTHER_NAMES = {"| Sverige |": NATION, "Sverige": NATION, "Riket": NATION, "Jämtland Härjedalen": "23"}


@cache
def _areas() -> tuple[tuple[str, str, str], ...]:
    text = resources.files("register").joinpath("areas.csv").read_text(encoding="utf-8")
    return tuple((row["code"], row["name"], row["level"]) for row in csv.DictReader(text.splitlines(), delimiter=";"))


def region_names() -> dict[str, str]:
    """The regions, code to name: 24 is Västerbotten."""
    return {code: name for code, name, level in _areas() if level == "region"}


def municipalities() -> dict[str, str]:
    """The municipalities, code to name: 2480 is Umeå. The first two digits are the region."""
    return {code: name for code, name, level in _areas() if level == "municipality"}


def region_code(name: str) -> str:
    """The code of a region as the agency or the region itself writes its name; 00 is the nation."""
    names = {short: code for code, short in region_names().items()} | OTHER_NAMES
    return names[name]
