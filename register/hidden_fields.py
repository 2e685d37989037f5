"""What a grade of protected identity hides: one table, which the view of doses and the extract both follow."""

from collections.abc import Mapping

from register import definitions
from register.persons.secrecy import bars_links

# Summed. A grade that register/definitions/protection.csv does not know hides everything.
UNIT, MUNICIPALITY, DESO, NEVER_LINKED = 1, 2, 4, 8
_EVERY_PLACE = UNIT | MUNICIPALITY | DESO

# To hide one more field of a dose or a home, add a row: by what it is hidden. A unit, and words that name one, tell in
# which municipality they lie.
FIELDS: Mapping[str, int] = {
    "care_provider": UNIT | MUNICIPALITY,
    "care_unit": UNIT | MUNICIPALITY,
    "care_unit_municipality": UNIT | MUNICIPALITY,
    "setting": UNIT | MUNICIPALITY,
    "campaign": UNIT | MUNICIPALITY,
    "municipality": MUNICIPALITY,
    "deso": MUNICIPALITY | DESO,
}


def hidden_by(grade: str) -> int:
    """What a grade of that name hides."""
    if not grade:
        return 0
    known, hides = definitions.protection_named(grade), _EVERY_PLACE
    if known is not None:
        hides = UNIT * known.masks_unit | MUNICIPALITY * known.masks_municipality | DESO * known.masks_deso
    return hides | NEVER_LINKED * bars_links(grade, definitions)


def hidden_fields(grade: str) -> frozenset[str]:
    """The fields that nobody is shown of a person with this grade."""
    return fields_hidden(hidden_by(grade))


def fields_hidden(hides: int) -> frozenset[str]:
    """The fields that are hidden where this much is."""
    return frozenset(name for name, by in FIELDS.items() if by & hides)
