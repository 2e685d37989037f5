"""What is wrong with something said at the desk: every broken rule, with the fields of the API that it is about."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from fastapi import HTTPException

from connectors.outgoing.identity_asked import Named, NamesNobody, identity_of
from register.codes import meanings
from register.identities.number import BrokenIdentity, Identity
from register.settings import Settings

# A rule names columns of files. To name a field here as well, add a row: the column, and what the API calls it.
OF_NUMBER: dict[str, str] = {"patientId": "value", "patientIdRoot": "root", "patientIdType": "root"}
OF_REGISTRATION: Mapping[str, str] = OF_NUMBER | {
    "region": "region",
    "birthDate": "birth_date",
    "birthYear": "birth_year",
    "sex": "sex",
    "evidence": "evidence",
    "date": "registered_on",
    "uniqueReference": "reference",
    "nullified": "nullified",
}
OF_LINK: Mapping[str, str] = {
    "patientId": "kept.value",
    "patientIdRoot": "kept.root",
    "absorbedId": "absorbed.value",
    "event": "event",
    "reason": "reason",
    "evidence": "evidence",
}


class Fault(NamedTuple):
    """One reason."""

    code: str
    fields: tuple[str, ...]

    def in_words(self) -> str:
        """As the API says it, in English."""
        known = meanings().get(self.code)
        said = f"{self.code} ({known.en})" if known else self.code
        return f"{', '.join(self.fields)}: {said}" if self.fields else said


class NotTaken(HTTPException):
    """Something that cannot be said, for every reason at once; nothing was sent."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(422, "; ".join(fault.in_words() for fault in self.faults))


def faults(codes: Iterable[str], fields: Mapping[str, str], side: str = "") -> list[Fault]:
    """Codes with the fields that they are about, on one side of a pair if one is named."""

    def named(code: str) -> tuple[str, ...]:
        return tuple(side + fields[column] for column in _columns(code) if column in fields)

    return [Fault(code, named(code)) for code in codes]


def read(named: Named, settings: Settings, side: str) -> tuple[Identity | BrokenIdentity, list[Fault]]:
    """The identity on one side of a pair, and why it is none."""
    try:
        return identity_of(named, settings), []
    except NamesNobody as nobody:
        return BrokenIdentity(nobody.codes), faults(nobody.codes, OF_NUMBER, side)


def _columns(code: str) -> list[str]:
    known = meanings().get(code)
    return known.field.split(", ") if known else []
