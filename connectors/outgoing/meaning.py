"""What a page's figures mean, in the reader's language, and where the same figures can be had as data."""

from typing import Any
from urllib.parse import urlencode

from connectors.outgoing.figures import ALL, Chosen, Figures
from connectors.outgoing.words import Words
from register.areas import NATION
from register.definitions import counting_rules, dead_leave_from, diseases


def meaning(words: Words, chosen: Chosen, found: Figures) -> dict[str, Any]:
    """What the figures mean, and where the same ones can be had as data."""
    meant, disease = found.definition, disease_name(words)
    vintage = meant.population_vintage
    week = meant.given_to.isocalendar().week
    definition = [
        words("def_persons", disease=disease, given_to=words.day(meant.given_to), known_on=words.day(meant.known_on)),
        words("def_weeks"),
        words("def_age", year=meant.age_reached_by.year),
        words("def_place"),
        words("def_duplicates"),
        words("def_dead", day=words.day(dead_leave_from())),
        *(
            words("def_rule", dose=rule.dose, day=words.day(rule.given_from), days=rule.min_days_after_previous)
            for rule in counting_rules()
        ),
        *([words("def_population", day=words.day(vintage))] if vintage else []),
    ]
    day, ages = chosen.known_on, "" if chosen.ages == ALL else chosen.ages
    address: dict[str, object] = {"level": "region" if chosen.region is None else "municipality"}
    address |= {"area": chosen.region, "by": "dose", "ages": ages, "given-to": day, "known-on": day}
    data = "/api/coverage?" + urlencode(without_defaults(address))
    return {
        "given_to": words("given_to", day=words.weekday(meant.given_to), week=week),
        "vintage": words("population_of", day=words.day(vintage)) if vintage else "",
        "definition": definition,
        "age_year": meant.age_reached_by.year,
        "notes": [words.note(note) for note in found.notes],
        "data_links": [("JSON", data), ("CSV", f"{data}&format=csv"), ("Parquet", f"{data}&format=parquet")],
    }


def disease_name(words: Words) -> str:
    """What the figures are about; the register counts one disease as yet."""
    covid_19 = diseases()[0]
    return covid_19.name_sv if words.language == "sv" else covid_19.name_en


def without_defaults(values: dict[str, object]) -> dict[str, str]:
    """What an address must say."""
    return {
        name: str(value)
        for name, value in values.items()
        if value not in ("", None) and not (name == "area" and value == NATION) and not (name == "dose" and value == 1)
    }
