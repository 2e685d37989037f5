"""The question: which doses does this person have. One person at a time; the caller writes down that it was read."""

from datetime import date
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row

QUESTION = """
SELECT dose_id, given_on, disease, product, product_as_written, dose_number, batch, suspected_duplicate_of,
    care_provider, care_unit, care_unit_municipality, setting, campaign, birth_year, sex,
    area_at_vaccination, deso_at_vaccination, area_now, deso_now, alive, protection
FROM person_doses WHERE person_id = %s ORDER BY given_on, dose_id
"""


class PersonDose(NamedTuple):
    """A dose that is true, beside whom it was given to.

    Numbers as in the tables: product and disease of the definition files (0 unknown, then `product_as_written`), sex
    as ISO 5218, birth_year 0 = unknown, areas as projections/areas.py says. Of a person with protected identity
    care provider, unit, setting, campaign and areas are None.
    """

    dose_id: int
    given_on: date
    disease: int
    product: int
    product_as_written: str | None
    dose_number: int | None
    batch: str
    suspected_duplicate_of: int | None
    care_provider: str | None
    care_unit: str | None
    care_unit_municipality: str | None
    setting: str | None
    campaign: str | None
    birth_year: int
    sex: int
    area_at_vaccination: int | None
    deso_at_vaccination: int | None
    area_now: int | None
    deso_now: int | None
    alive: bool
    protection: str


def doses_of(conn: Connection[Any], person_id: int) -> list[PersonDose]:
    """All doses of a person that are true, suspected duplicates included, by the day given."""
    with conn.cursor(row_factory=class_row(PersonDose)) as cursor:
        return cursor.execute(QUESTION, [person_id]).fetchall()
