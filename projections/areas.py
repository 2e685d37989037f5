"""Areas as numbers: what the tables of counts are keyed by, and how they are written for people.

`area` is the municipality code (2480), the region's with 00 where only the region is known (2400), 0 where nothing is.
`deso` is the rest of a DeSO 2018 code within its municipality: A0010 -> 10010, B1030 -> 21030; 0 = unknown.
"""

import polars as pl

from register.words import DESO

UNKNOWN = 0
_LETTERS = "ABC"


def area(municipality: pl.Expr) -> pl.Expr:
    """Number of a municipality (4 digits) or a region (2 digits) code; 0 for anything else."""
    number = pl.when(municipality.str.contains(r"^\d+$")).then(municipality).str.to_integer(strict=False)
    length = municipality.str.len_bytes()
    known = pl.when(length == 4).then(number).when(length == 2).then(number * 100)
    return known.fill_null(UNKNOWN).cast(pl.Int32)


def deso(code: pl.Expr, municipality: pl.Expr) -> pl.Expr:
    """Number of a DeSO within its municipality; 0 where it is unknown or lies in another municipality."""
    fits = code.str.contains(f"^{DESO}$") & (code.str.slice(0, 4) == municipality)
    letter = code.str.slice(4, 1).replace_strict(
        {letter: place for place, letter in enumerate(_LETTERS, 1)}, default=UNKNOWN, return_dtype=pl.Int32
    )
    number = letter * 10_000 + code.str.slice(5, 4).str.to_integer(strict=False).cast(pl.Int32)
    return pl.when(fits).then(number).otherwise(UNKNOWN).fill_null(UNKNOWN).cast(pl.Int32)
