"""What a grade of protected identity hides, as one number, so that tables and questions need not know the grades."""

import polars as pl

from register.definitions import is_never_linked, protection_named

# Summed. A grade that register/definitions/protection.csv does not know hides everything.
UNIT, MUNICIPALITY, DESO, NEVER_LINKED = 1, 2, 4, 8
_EVERYTHING = UNIT | MUNICIPALITY | DESO | NEVER_LINKED


def protects(grades: pl.Series) -> pl.Series:
    """What each of these grades hides; 0 where there is none."""
    numbers = {grade: hidden_by(grade) for grade in ("", *grades.unique())}
    return grades.replace_strict(numbers, return_dtype=pl.Int16).alias("protects")


def hidden_by(grade: str) -> int:
    """What a grade of that name hides."""
    if not grade:
        return 0
    known = protection_named(grade)
    if known is None:
        return _EVERYTHING
    hides = UNIT * known.masks_unit | MUNICIPALITY * known.masks_municipality | DESO * known.masks_deso
    return hides | NEVER_LINKED * is_never_linked(grade)
