"""The birth date that each report of a registration stated: the vault keeps one only where it became another."""

from collections.abc import Iterable, Mapping
from datetime import date

from register.facts import PersonFact
from register.persons.facts import ReserveNumberCorrected, ReserveNumberRegistered, ReserveNumberWithdrawn


def births_told(facts: Iterable[PersonFact], stated: Mapping[str, date | None]) -> dict[str, date]:
    """Birth dates by the receipts of all reports that stated one; `stated` has the first report of each alone.

    Facts of one history come in their order; None: from that report on no date was stated.
    """
    held: dict[tuple[int, bytes], date | None] = {}
    told: dict[str, date] = {}
    for fact in facts:
        match fact:
            case ReserveNumberRegistered() | ReserveNumberCorrected():
                where = fact.person_id, fact.record
                born = held[where] = stated[fact.receipt] if fact.receipt in stated else held.get(where)
                if born is not None:
                    told[fact.receipt] = born
            case ReserveNumberWithdrawn():
                held.pop((fact.person_id, fact.record), None)
    return told
