"""The question: may a certificate be issued to this person on this day. One person, and never in bulk.

There is no table: the answer is a function of the person's doses, the dated rules and the day, so it is reckoned when
it is asked, from the tables of `people`.
"""

from datetime import date
from typing import Any

from psycopg import Connection

from projections.certificate_eligibility.eligible import Dose, Eligibility, eligible
from register.definitions import UnknownDefinition, disease_named


def certificate_eligibility(
    conn: Connection[Any], person_id: int, on: date, *, disease: str = "COVID19"
) -> Eligibility:
    """The answer for the person whose doses stand under this id, whatever identity they were reported with.

    Whether the reader may ask, and that the record is read, is the caller's to decide and to write down before.
    """
    asked = disease_named(disease)
    if asked is None:
        raise UnknownDefinition(disease)
    rows = conn.execute(
        "SELECT given_on, product, suspected_duplicate_of IS NOT NULL FROM doses"
        " WHERE person_id = %s AND disease = %s AND NOT withdrawn",
        [person_id, asked.number],
    ).fetchall()
    person = conn.execute("SELECT died_on FROM people WHERE person_id = %s", [person_id]).fetchone()
    return eligible([Dose(*row) for row in rows], asked.code, on, died_on=person[0] if person else None)
