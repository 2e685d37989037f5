"""Why a count changed: every line of the ledger carries one of these."""

from datetime import date

import polars as pl

NEW, LATE, CORRECTED, WITHDRAWN, REINSTATED, LINKED, UNLINKED, MOVED, DIED, RULE_CHANGE = range(1, 11)

CAUSES = {
    NEW: "new",
    LATE: "late",
    CORRECTED: "corrected",
    WITHDRAWN: "withdrawn",
    REINSTATED: "reinstated",
    LINKED: "linked",
    UNLINKED: "unlinked",
    MOVED: "moved",
    DIED: "died",
    RULE_CHANGE: "rule-change",
}

# What a reader is told of each.
MEANINGS = {
    "new": "reported for the first time, soon after the day given",
    "late": "reported for the first time, long after the day given",
    "corrected": "what was reported of a dose or a person was corrected",
    "withdrawn": "a sender took a dose back",
    "reinstated": "a dose taken back is true again",
    "linked": "two identities were found to be one person",
    "unlinked": "two identities were found not to be one person after all",
    "moved": "the population register told anew where a person lived on the day",
    "died": "a person died",
    "rule-change": "the dead left on the day from which they count no more",
}

_OF_FACT = {"DoseRecorded.v1": NEW, "DoseCorrected.v1": CORRECTED, "DoseWithdrawn.v1": WITHDRAWN}
_NUMBERS = {name: number for number, name in CAUSES.items()}
_SAID = ("corrected", "withdrawn", "reinstated", "linked", "unlinked")
_RESTATED = ("linked", "unlinked", "moved", "died")


def cause_of(fact: str, late_after: tuple[tuple[date, int], ...]) -> pl.Expr:
    """Cause of a change that a dose fact makes: what the fact says, else new or late by the days until it was known.

    Reads `cause`, `given_on` and `day`; `late_after` holds (from the day known, days), the first for all days before.
    """
    said = pl.col("cause").replace_strict({word: _NUMBERS[word] for word in _SAID}, default=None, return_dtype=pl.Int16)
    silent = _OF_FACT.get(fact, REINSTATED)
    if silent != NEW:
        return said.fill_null(silent)
    limit = pl.lit(late_after[0][1])
    for known_from, days in late_after[1:]:
        limit = pl.when(pl.col("day") >= known_from).then(days).otherwise(limit)
    late = (pl.col("day") - pl.col("given_on")).dt.total_days() > limit
    return said.fill_null(pl.when(late).then(LATE).otherwise(NEW))


def cause_of_restatement() -> pl.Expr:
    """Cause of a change that a person's restatement makes: what the fact says, else it is a correction.

    Protection is no cause of its own: it changes in which cell a person counts, on every day, and no count.
    """
    numbers = {word: _NUMBERS[word] for word in _RESTATED}
    return pl.col("cause").replace_strict(numbers, default=CORRECTED, return_dtype=pl.Int16)
