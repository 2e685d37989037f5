"""The map: Sweden's 21 regions as outlines, coloured by share. Outlines come out of the package pygal-maps-se."""

import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

VIEW_BOX = "0 0 290 660"

# From light to dark. Text is never set on them; the outlines keep neighbours and the page apart.
SCALE = ("#e3eef4", "#b5d3e1", "#7fb2cb", "#468db0", "#1d6689", "#0b4160")
NO_FIGURE = "#ececec"
OUTLINE = "#4a5b66"

_COUNTY_LETTERS = {
    "AB": "01", "C": "03", "D": "04", "E": "05", "F": "06", "G": "07", "H": "08", "I": "09", "K": "10", "M": "12",
    "N": "13", "O": "14", "S": "17", "T": "18", "U": "19", "W": "20", "X": "21", "Y": "22", "Z": "23", "AC": "24",
    "BD": "25",
}  # fmt: skip
_STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True)
class Class:
    """One colour of the map: shares from `low` up to `high` (0–1)."""

    low: float
    high: float
    colour: str


@cache
def outlines() -> dict[str, str]:
    """Region code -> the outline as an SVG path in VIEW_BOX, from north to south as the keyboard goes."""
    text = resources.files("pygal_maps_se").joinpath("se.lan.svg").read_text(encoding="utf-8")
    regions = ET.fromstring(text).find(f"{_SVG}g[@id='Lan']")
    if regions is None:
        raise LookupError("pygal-maps-se has no group of regions in se.lan.svg")
    found = {}
    for group in regions:
        letters = group.attrib["class"].split()[0].removeprefix("s")
        found[_COUNTY_LETTERS[letters]] = " ".join(path.attrib["d"] for path in group.iter(f"{_SVG}path"))
    return dict(sorted(found.items()))


def classes(shares: list[float]) -> list[Class]:
    """At most as many classes as there are colours, with round limits, that hold all these shares."""
    if not shares:
        return []
    low, high = min(shares), max(shares)
    for step in _STEPS:
        # A share that floating point puts a hair under a limit belongs to the class above it.
        first, last = math.floor(low / step + 1e-9), math.floor(high / step + 1e-9) + 1
        if last - first <= len(SCALE):
            break
    limits = [round(number * step, 6) for number in range(first, last + 1)]
    many = len(limits) - 1
    # Few classes take the clearly different colours of the scale and not its first ones.
    places = [round((number + 0.5) * len(SCALE) / many - 0.5) for number in range(many)]
    return [Class(a, b, SCALE[place]) for (a, b), place in zip(pairwise(limits), places, strict=True)]


def colour(share: float | None, scale: list[Class]) -> str:
    """The colour of a share; grey where there is none."""
    if share is None:
        return NO_FIGURE
    return next((one.colour for one in scale if share < one.high - 1e-9), scale[-1].colour if scale else NO_FIGURE)
