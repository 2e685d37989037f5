"""The question: may a certificate be issued to this person on this day. One person, and never in bulk.

There is no table: the answer is a function of the person's doses, the dated rules and the day, so it is reckoned when
it is asked, from the person's history. Tables of doses follow later, and of two identities that were just linked they
may for a moment hold the doses of neither.
"""

from datetime import date

from projections.certificate_eligibility.eligible import Dose, Eligibility, eligible
from register.definitions import UNKNOWN, UnknownDefinition, disease_named, products
from register.people import Person
from register.persons.held import died_on


def certificate_eligibility(person: Person, on: date, *, disease: str = "COVID19") -> Eligibility:
    """The answer for a person, whatever identity their doses were reported with.

    Whether the reader may ask, and that the record is read, is the caller's to decide and to write down before.
    """
    asked = disease_named(disease)
    if asked is None:
        raise UnknownDefinition(disease)
    numbers = {product.name: product.number for product in products()}
    doses = [
        Dose(
            told.content.given_on,
            numbers.get(told.content.product, UNKNOWN),
            told.suspected_duplicate_of is not None,
        )
        for told in person.root.doses.told.values()
        if told.content.disease == asked.code
    ]
    return eligible(doses, asked.code, on, died_on=died_on(person))
