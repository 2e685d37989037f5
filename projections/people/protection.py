"""What grades of protected identity hide, as numbers in a column, so that tables and questions need not know them."""

import polars as pl

from register.hidden_fields import DESO, MUNICIPALITY, NEVER_LINKED, UNIT, hidden_by

__all__ = ["DESO", "MUNICIPALITY", "NEVER_LINKED", "UNIT", "hidden_by", "protects"]


def protects(grades: pl.Series) -> pl.Series:
    """What each of these grades hides; 0 where there is none."""
    numbers = {grade: hidden_by(grade) for grade in ("", *grades.unique())}
    return grades.replace_strict(numbers, return_dtype=pl.Int16).alias("protects")
