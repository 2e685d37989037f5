"""Population changes and reserve-number registrations read: every word understood, or every reason why not."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, cast

from register.decision import Context, Refused
from register.identities.number import BrokenIdentity, Identity, Sex
from register.masking import masked, own_identity, without_numbers
from register.persons.history import Description, RegistrationContent
from register.persons.rules import (
    FLAGS_CHANGE,
    FLAGS_REGISTRATION,
    REFUSES_REGISTRATION,
    ReadChange,
    ReadRegistration,
    refusals,
)
from register.rules import codes_of
from register.words import plain, read_day, read_whole_number

PopulationEvent = Literal["registered", "moved", "died", "protected"]


@dataclass(frozen=True, slots=True)
class UnderstoodChange:
    """A population change that can be decided."""

    identity: Identity
    reported_at: datetime
    event: PopulationEvent
    on: date
    stated: Description
    municipality: str
    deso: str
    grade: str  # of protection; empty: none, or an end of it
    flags: tuple[str, ...]
    ahead: bool = False  # of a protection: from a day to come, and held from the day on which it was heard


@dataclass(frozen=True, slots=True)
class UnderstoodRegistration:
    """A reserve-number registration that can be decided. A withdrawal may have no content."""

    identity: Identity
    reported_at: datetime
    nullified: bool
    reason: str
    content: RegistrationContent | None
    flags: tuple[str, ...]
    birth_date: date | None = field(default=None, repr=False)  # for the vault: facts carry the year
    birth_held: date | None = field(default=None, repr=False)  # that the record stated so far, out of the vault


def understand_change(
    report: dict[str, Any], identity: Identity | BrokenIdentity, ctx: Context
) -> UnderstoodChange | Refused:
    """What a PopulationChangeReport.v1 says."""
    on, birth_date = read_day(report["on"]), read_day(report["birth_date"])
    event, word = report["event"].strip(), masked(plain(report["protection"]), own_identity(report))
    protection = ctx.definitions.protection_named(word)
    grade = "" if protection is not None and protection.ends else word
    ahead = bool(event == "protected" and grade and on and on > ctx.today)
    if ahead:
        on = ctx.today  # who is to be protected tomorrow must not be shown today
    birth_year = _read_year(report["birth_year"])
    change = ReadChange(report, identity, on, birth_date, birth_year, word, protection is not None, ctx.today)
    codes = refusals(change)
    if isinstance(identity, BrokenIdentity):
        return Refused(identity.codes + codes)
    if codes or on is None:
        return Refused(codes)
    return UnderstoodChange(
        identity,
        ctx.written_at(report["reported_at"]),
        event,
        on,
        _stated(birth_date, birth_year, report["sex"]),
        report["municipality"].strip(),
        report["deso"].strip(),
        grade,
        identity.flags + codes_of(FLAGS_CHANGE, change, ctx.today),
        ahead,
    )


def understand_registration(
    report: dict[str, Any], identity: Identity | BrokenIdentity, ctx: Context
) -> UnderstoodRegistration | Refused:
    """What a ReserveNumberReport.v1 says."""
    own = own_identity(report)
    reported_at, reason = ctx.written_at(report["reported_at"]), without_numbers(plain(report["nullified_reason"]), own)
    if report["nullified"] and report["unique_reference"].strip() and isinstance(identity, Identity):
        # The reference alone names what is taken back.
        return UnderstoodRegistration(identity, reported_at, True, reason, None, identity.flags)
    as_written = plain(report["evidence"]), plain(report["registered_by"])
    # Who registered it stays as it is known by, such as an HSA-id, whatever its digits.
    evidence, registered_by = without_numbers(as_written[0], own), masked(as_written[1], own)
    registration = ReadRegistration(
        report,
        identity,
        read_day(report["birth_date"]),
        _read_year(report["birth_year"]),
        read_day(report["registered_on"]),
        own,
        (evidence, registered_by) != as_written,
        ctx.today,
    )
    codes = codes_of(REFUSES_REGISTRATION, registration, ctx.today)
    if isinstance(identity, BrokenIdentity):
        return Refused(identity.codes + codes)
    if codes:
        return Refused(codes)
    content = RegistrationContent(
        report["region"].strip(),
        identity.root,
        evidence,
        registered_by,
        registration.registered_on,
        _stated(registration.birth_date, registration.birth_year, report["sex"]),
    )
    flags = identity.flags + codes_of(FLAGS_REGISTRATION, registration, ctx.today)
    born = registration.birth_date
    return UnderstoodRegistration(identity, reported_at, report["nullified"], reason, content, flags, born)


def _read_year(text: str) -> int | None:
    return read_whole_number(text, 1800, 2200)


def _stated(birth_date: date | None, birth_year: int | None, sex: str) -> Description:
    # A day says more than a year.
    return Description(birth_date.year if birth_date else birth_year, cast(Sex, sex.strip() or "unknown"))
