"""Which doses of a person are a region's own: what its units reported or gave, and where they say it was given."""

from connectors.person.doses import GivenDose
from register.access import Reader
from register.people import History


def reported_by(history: History, sender: str) -> set[int]:
    """The doses of which a record of this sender's stands, whatever place is named on it now."""
    records = history.doses.records.values()
    return {record.dose_id for record in records if record.live and sender and record.sender == sender}


def is_own(dose: GivenDose, reported: set[int], reader: Reader) -> bool:
    """Whether the reader's sender reported it, the reader's organisation gave it, or a unit in the reader's region did.

    Where the person lives says nothing of it. Of a protected person no place is known here: only what was reported.
    """
    return (
        dose.dose_id in reported
        or bool(reader.organisation and dose.care_provider == reader.organisation)
        or bool(reader.region and (dose.care_unit_municipality or "")[:2] == reader.region)
    )
