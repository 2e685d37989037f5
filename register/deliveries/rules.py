"""The rules for deliveries. Codes are shown to senders and never renamed or reused."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from register.definitions import Product
from register.masking import gives_away
from register.rules import Rule, Rules
from register.words import region_codes


@dataclass(slots=True)
class Reading:
    """A delivery report with its words read; None where a word could not be."""

    report: dict[str, Any]
    on: date | None
    doses: int | None
    product: Product | None
    best_before: date | None
    masked: bool
    today: date


# To add a reason for refusal, add a row: code, when it applies, and the register's days on which it is in force.
REFUSES: Rules[Reading] = (
    Rule("EVENT-UNKNOWN", lambda r: r.report["event"] not in ("dispatched", "received")),
    Rule("DATE-MALFORMED", lambda r: r.on is None),
    Rule("DATE-IN-FUTURE", lambda r: r.on is not None and r.on > r.today),
    Rule("REGION-UNKNOWN", lambda r: r.report["region"].strip() not in region_codes()),
    Rule("DOSES-MALFORMED", lambda r: r.doses is None),
)

# To add a flag, add a row.
FLAGS: Rules[Reading] = (
    Rule("PRODUCT-UNKNOWN", lambda r: r.product is None),
    Rule("BATCH-MISSING", lambda r: not r.report["batch"].strip()),
    Rule("BATCH-TOO-LONG", lambda r: len(r.report["batch"]) > 80),
    Rule("BEST-BEFORE-MALFORMED", lambda r: r.best_before is None and bool(r.report["best_before"].strip())),
    Rule(
        "BEST-BEFORE-PASSED",
        lambda r: r.best_before is not None and r.on is not None and r.best_before < r.on,
    ),
    Rule("REFERENCE-MISSING", lambda r: not r.report["unique_reference"].strip()),
    Rule("REFERENCE-IS-IDENTITY", lambda r: gives_away(r.report["unique_reference"], "")),
    Rule("SYSTEM-NAME-MISSING", lambda r: not r.report["system_name"].strip()),
    Rule("TEXT-HOLDS-IDENTITY", lambda r: r.masked),
)
