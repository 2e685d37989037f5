"""A dose report read: every word understood, or every reason why it cannot be."""

from datetime import datetime
from typing import Any, NamedTuple

from register.decision import Context, Refused
from register.doses.history import DoseContent
from register.doses.rules import FLAGS, REFUSES, Reading
from register.identities.number import BrokenIdentity, Identity
from register.masking import all_masked, masked, own_identity, without_numbers
from register.rules import codes_of
from register.words import plain, read_day, read_whole_number


class UnderstoodDose(NamedTuple):
    """A dose report that can be decided. One that only takes a record back may have no content."""

    identity: Identity
    reported_at: datetime
    nullified: bool
    reason: str
    content: DoseContent | None
    flags: tuple[str, ...]


def understand_dose(
    report: dict[str, Any], identity: Identity | BrokenIdentity, ctx: Context
) -> UnderstoodDose | Refused:
    """What a DoseReport.v1 says, by the rules in force on the register's day."""
    own, written_at = own_identity(report), ctx.written_at(report["reported_at"])
    reason = without_numbers(plain(report["nullified_reason"]), own) if report["nullified"] else ""
    if report["nullified"] and report["unique_reference"].strip() and isinstance(identity, Identity):
        # The reference alone names what is taken back: a broken word beside it is no reason to keep the dose.
        return UnderstoodDose(identity, written_at, True, reason, None, identity.flags)
    reading, content = _read(report, identity, own, ctx)
    codes = codes_of(REFUSES, reading, ctx.today)
    if isinstance(identity, BrokenIdentity):
        return Refused(identity.codes + codes)
    if codes or content is None:
        return Refused(codes)
    flags = identity.flags + codes_of(FLAGS, reading, ctx.today)
    return UnderstoodDose(identity, written_at, report["nullified"], reason, content, flags)


def _read(
    report: dict[str, Any], identity: Identity | BrokenIdentity, own: str, ctx: Context
) -> tuple[Reading, DoseContent | None]:
    named = ctx.definitions.product_named
    npl_id, product_name, disease_name = report["npl_id"], report["product_name"], report["disease"]
    product = (named(npl_id) if npl_id else None) or (named(product_name) if product_name else None)
    disease: str | None = product.disease if product else None
    if disease_name.strip():
        known = ctx.definitions.disease_named(disease_name)
        disease = known.code if known else None
    given_on = read_day(report["given_on"])
    number = report["dose_number"]
    dose_number = read_whole_number(number, 1, 99) if number else None

    as_written = [plain(report[name]) for name in _FREE_TEXTS]
    texts = all_masked(as_written, own)
    # Named by the list, a product needs no words of the sender's.
    product_as_written = product.name if product else plain(product_name) or plain(npl_id)
    product_text = product.name if product else masked(product_as_written, own)
    hidden = texts != as_written or product_text != product_as_written
    reading = Reading(report, identity, given_on, disease, product, dose_number, own, hidden, ctx.now, ctx.today)
    if given_on is None or disease is None:
        return reading, None
    system_name, batch, care_provider, care_unit, municipality, setting, campaign = texts
    content = DoseContent(
        system_name,
        given_on,
        disease,
        product_text,
        batch,
        dose_number,
        care_provider,
        care_unit,
        municipality,
        setting,
        campaign,
    )
    return reading, content


_FREE_TEXTS = (
    "system_name",
    "batch",
    "care_provider",
    "care_unit",
    "care_unit_municipality",
    "setting",
    "campaign",
)
