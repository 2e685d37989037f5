"""The doses of a person that are true, as who may see them is shown them: without what a protected identity hides."""

from datetime import date
from typing import NamedTuple

from register.hidden_fields import hidden_fields
from register.people import Person
from register.persons.held import protection


class GivenDose(NamedTuple):
    """A dose; places and who gave it are None where they are hidden."""

    dose_id: int
    given_on: date
    product: str
    batch: str
    dose_number: int | None
    care_provider: str | None
    care_unit: str | None
    care_unit_municipality: str | None
    suspected_duplicate_of: int | None
    flags: tuple[str, ...]


def doses_of(person: Person) -> list[GivenDose]:
    """All of them, suspected duplicates included, by the day given."""
    hidden = hidden_fields(protection(person).grade)

    def unless_hidden(field: str, text: str) -> str | None:
        return None if field in hidden else text

    found = [
        GivenDose(
            dose_id,
            told.content.given_on,
            told.content.product,
            told.content.batch,
            told.content.dose_number,
            unless_hidden("care_provider", told.content.care_provider),
            unless_hidden("care_unit", told.content.care_unit),
            unless_hidden("care_unit_municipality", told.content.care_unit_municipality),
            told.suspected_duplicate_of,
            told.flags,
        )
        for dose_id, told in person.root.doses.told.items()
    ]
    return sorted(found, key=lambda dose: (dose.given_on, dose.dose_id))
