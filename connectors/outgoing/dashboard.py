"""The dashboard: one page for Sweden, a region or a municipality, as known on a day."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from connectors.outgoing import curve as curves
from connectors.outgoing import map as maps
from connectors.outgoing.figures import AGE_CHOICES, Chosen, Figures, Row
from connectors.outgoing.meaning import disease_name, meaning, without_defaults
from connectors.outgoing.words import Language, Words
from register.areas import NATION, municipalities, region_names

DEMO = "VAXREG_DEMO"  # set by the demo: which places it plays
TEMPLATES = Environment(loader=PackageLoader("connectors.outgoing"), autoescape=True, trim_blocks=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """A page that was asked for: what is chosen, which measure the map shows, the language, the days there are."""

    chosen: Chosen
    map_dose: int
    words: Words
    first_day: date
    last_day: date

    def link(self, **changed: object) -> str:
        """The address of this page with something else chosen."""
        chosen = self.chosen
        values: dict[str, object] = {
            "area": chosen.area,
            "known-on": chosen.known_on,
            "ages": chosen.ages,
            "dose": self.map_dose,
            "lang": self.words.language,
        }
        return "/?" + urlencode(without_defaults(values | changed))


def page(asked: Asked, found: Figures, **header: Any) -> str:
    """The page as HTML."""
    words, chosen = asked.words, asked.chosen
    names = {NATION: words("nation")} | region_names() | municipalities()
    place_name = names[chosen.area]
    disease = disease_name(words)
    heading = words("title", disease=disease, area=place_name)
    one, two = (words.share(share) for share in found.place.shares)
    values: dict[str, Any] = {
        "heading": heading,
        "disease": disease,
        # The name does not break at its hyphen.
        "whole_disease": Markup('<span class="whole">{}</span>').format(disease),
        "place_name": place_name,
        "place": found.place,
        "region_name": names[chosen.region] if chosen.region else "",
        "crumbs": _crumbs(asked, names),
        "said": words("announce", area=place_name, day=words.day(chosen.known_on), one=one, two=two),
        "empty": found.nation.doses == 0,
        "age_text": words.ages(chosen.ages),
        "age_rows": found.ages,
        "weeks": found.weeks,
    }
    values |= _controls(asked) | _map(asked, found, names) | _tables(asked, found, names)
    values |= _curves(asked, found, place_name) | meaning(words, chosen, found)
    return frame("dashboard.html", words, asked.link, **values, **header)


def frame(template: str, words: Words, link: Callable[..., str], **values: Any) -> str:
    """A page in the register's frame, with its switch of language."""

    def language_link(language: Language) -> str:
        return link(lang=language)

    played = os.environ.get(DEMO)
    values["notice"] = words("demo", played=played) if played else ""
    return TEMPLATES.get_template(template).render(words=words, language_link=language_link, link=link, **values)


def _crumbs(asked: Asked, names: dict[str, str]) -> list[tuple[str, str | None]]:
    chosen = asked.chosen
    codes = [NATION, *([chosen.region] if chosen.region else []), *([chosen.area] if len(chosen.area) == 4 else [])]
    return [(names[code], None if code == chosen.area else asked.link(area=code)) for code in codes]


def _controls(asked: Asked) -> dict[str, Any]:
    """The slider, the date and the ages; what else is chosen goes along in hidden fields."""
    words, chosen = asked.words, asked.chosen
    kept = {"area": chosen.area, "ages": chosen.ages, "dose": asked.map_dose, "lang": words.language}
    return {
        "kept": without_defaults(kept),
        "day": chosen.known_on,
        "first_day": asked.first_day,
        "last_day": asked.last_day,
        "day_number": (chosen.known_on - asked.first_day).days,
        "last_number": (asked.last_day - asked.first_day).days,
        "ages": chosen.ages,
        "age_choices": [(span, words.ages(span)) for span in AGE_CHOICES],
    }


def day_numbered(first_day: date, number: int) -> date:
    """The day at a place of the slider."""
    return first_day + timedelta(days=number)


def _map(asked: Asked, found: Figures, names: dict[str, str]) -> dict[str, Any]:
    words, number = asked.words, asked.map_dose - 1
    shares = {row.code: row.shares[number] for row in found.regions}
    outlines = maps.outlines()
    scale = maps.classes([share for code in outlines if (share := shares.get(code)) is not None])
    drawn = [
        {
            "outline": outline,
            "link": asked.link(area=code),
            "label": f"{names[code]}: {words.share(share) if share is not None else words('no_figure')}",
            "colour": maps.colour(share, scale),
            "chosen": code == asked.chosen.region,
        }
        for code, outline in outlines.items()
        for share in [shares.get(code)]
    ]
    # Drawn last, so that no neighbour covers its outline.
    drawn.sort(key=lambda region: bool(region["chosen"]))
    return {
        "view_box": maps.VIEW_BOX,
        "drawn": drawn,
        "map_dose": asked.map_dose,
        "map_name": words("map_name", n=words(f"n_dose_{asked.map_dose}")),
        "legend": scale,
        "none_drawn": any(shares.get(code) is None for code in outlines),
        "no_figure": maps.NO_FIGURE,
    }


def _tables(asked: Asked, found: Figures, names: dict[str, str]) -> dict[str, Any]:
    """Regions and municipalities by name, the unknown last."""
    regions = [_place(asked, row, names, "unknown_region") for row in found.regions]
    known = [_place(asked, row, names, "unknown_municipality") for row in found.municipalities]
    return {
        "regions": sorted(regions, key=_unknown_last),
        "municipalities": sorted(known, key=_unknown_last),
        "unknown_municipality": any(row["link"] is None for row in known),
        "nation": _place(asked, found.nation, names),
        "region": next((place for place in regions if place["code"] == asked.chosen.region), None),
    }


def _unknown_last(place: dict[str, Any]) -> tuple[bool, str]:
    # Å, ä and ö come last in the alphabet, in this order; in code points å and ä stand the other way round.
    return place["link"] is None, place["name"].translate(str.maketrans("ÅåÄäÖö", "{{||}}"))


def _place(asked: Asked, row: Row, names: dict[str, str], unknown: str = "nation") -> dict[str, Any]:
    return {
        "code": row.code,
        "name": names.get(row.code) or asked.words(unknown),
        "link": asked.link(area=row.code) if row.code in names else None,
        "chosen": row.code != NATION and row.code in (asked.chosen.area, asked.chosen.region),
        "population": row.population,
        "persons": row.persons,
        "shares": row.shares,
    }


def _curves(asked: Asked, found: Figures, place_name: str) -> dict[str, Any]:
    key = "curve_name" if curves.shows_shares(found.weeks) else "curve_name_persons"
    name = asked.words(key, area=place_name)
    return {
        f"{size}_curve": Markup(curves.curve(found.weeks, asked.words, narrow=size == "narrow", name=name))
        for size in ("wide", "narrow")
    }
