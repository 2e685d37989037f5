"""What stands on receipts and in facts for ever: no identity number, and nothing that PostgreSQL cannot hold."""

from collections.abc import Callable
from typing import Any

import pytest

from register import reports
from register.facts import to_record
from register.identities.number import Identity
from register.receipts import receipt_for
from schemas import decode, schema
from tests.doses.sentences import (
    ANNA,
    NOW,
    RESERVE_ROOT,
    Report,
    a_change,
    a_delivery,
    a_dose,
    a_registration,
    given,
)

FULL = "19840229" + "2386"
MISTYPED = "19840229" + "2387"
TESSA = Identity(RESERVE_ROOT, "TF-8841 x", "reserve", None, None, "unknown")
KINDS: list[Callable[..., Report]] = [a_dose, a_change, a_registration, a_delivery]


def the_receipt(report: Report, outcome: str = "refused") -> dict[str, Any]:
    kind = reports.KINDS[report.kind]
    place = reports.Place("reports.clinic", 0, 7, "clinic", "clinic-0-7")
    receipt = receipt_for(reports.Report(place, kind, report.fields, b""), outcome, (), None, NOW)
    assert b"\0" not in receipt.key
    return schema("Receipt.v1").decode_body(receipt.state)


def texts(record: dict[str, Any]) -> list[str]:
    return [text for text in record.values() if isinstance(text, str)]


@pytest.mark.parametrize("sent", [FULL, FULL[2:], MISTYPED, MISTYPED[2:], f"{MISTYPED[:8]}-{MISTYPED[8:]}"])
@pytest.mark.parametrize("written", [MISTYPED, MISTYPED[2:], f"dos {MISTYPED[2:8]} - {MISTYPED[8:]}"])
def test_a_mistyped_number_is_masked_on_the_receipt_of_its_own_report(sent: str, written: str) -> None:
    own = sent.replace("2386", "2387")
    report = a_dose(ANNA, identity_value=own, unique_reference=written, system_name=written)
    shown = the_receipt(Report(report.kind, report.fields | {"upload": written, "upload_name": written}))
    for field in ("unique_reference", "system_name", "upload", "upload_name"):
        assert "*" in shown[field]
        assert not any(letter.isdigit() for letter in shown[field])


@pytest.mark.parametrize("written", ["TF8841X", "tf-8841-x", "ref T F 8 8 4 1 X / 2"])
def test_a_reserve_number_is_masked_wherever_its_own_report_repeats_it(written: str) -> None:
    report = a_dose(
        TESSA,
        identity_root=RESERVE_ROOT,
        unique_reference=written,
        care_unit=written,
        batch=written,
        campaign=written,
        setting=written,
        system_name=written,
        product_name=written,
    )
    register = given().when(report)
    assert {"REFERENCE-IS-IDENTITY", "TEXT-HOLDS-IDENTITY"} <= set(register.last.flags)
    registration = a_registration(TESSA, unique_reference=written, evidence=written, registered_by=written)
    register.when(registration)
    assert {"REFERENCE-IS-IDENTITY", "TEXT-HOLDS-IDENTITY"} <= set(register.last.flags)
    register.when(a_change(TESSA, event="protected", protection=written))
    taken_back = report.fields | {"nullified": True, "nullified_reason": written, "reported_at": NOW}
    register.when(Report(report.kind, taken_back, TESSA))
    for record in (*map(to_record, register.facts), the_receipt(report), the_receipt(registration)):
        assert not any("8841" in text.replace(" ", "") for text in texts(record))


def test_a_reference_that_is_not_the_persons_own_is_shown_as_it_is() -> None:
    assert the_receipt(a_dose(TESSA, unique_reference="TF-8842-X"))["unique_reference"] == "TF-8842-X"
    short = Identity(RESERVE_ROOT, "A1", "reserve", None, None, "unknown")
    assert the_receipt(a_dose(short, unique_reference="A1-2021"))["unique_reference"] == "A1-2021"


@pytest.mark.parametrize("a_report", KINDS)
@pytest.mark.parametrize("empty", ["", "\0"])
def test_no_receipt_or_fact_holds_a_nul(a_report: Callable[..., Report], empty: str) -> None:
    report = a_report()
    said = [field for field, value in report.fields.items() if isinstance(value, str) or value is None]
    for field in [name for name in said if name != "row"]:
        text = empty and f"{empty}{report.fields[field] or ''}{empty}x"
        changed = Report(report.kind, report.fields | {field: text}, report.who)
        register = given().when(changed)
        for fact in register.facts:
            assert not any("\0" in value for value in texts(decode(schema(fact.NAME).encode(to_record(fact)))[1]))
        assert not any("\0" in value for value in texts(the_receipt(changed)))
