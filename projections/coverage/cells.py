"""Sums of cells: the seven numbers of a cell's key packed into two, which sort and group several times faster."""

from collections.abc import Sequence

import polars as pl

# Column and the bits that it takes, the most significant first: together the order of the table's key.
_PLACE = (("week", 20), ("area", 14), ("birth_year", 12))
_WHAT = (("sex", 2), ("disease", 15), ("dose", 15), ("product", 15))


def cells_of(lines: pl.DataFrame) -> pl.DataFrame:
    """The sum of ledger lines, cell by cell, in the order of the cells' key and without those that cancel out."""
    _check_sizes(lines)
    packed = lines.select(_packed(_PLACE).alias("place"), _packed(_WHAT).alias("what"), "persons", "doses")
    total = packed.group_by("place", "what").agg(pl.col("persons", "doses").sum())
    kept = total.filter((pl.col("persons") != 0) | (pl.col("doses") != 0)).sort("place", "what")
    return kept.select(*_unpacked("place", _PLACE), *_unpacked("what", _WHAT), "persons", "doses")


def _check_sizes(lines: pl.DataFrame) -> None:
    """Raises OverflowError: a number too large for its place would be counted in somebody else's cell."""
    sizes = [pl.col(name).is_between(0, (1 << bits) - 1).all().alias(name) for name, bits in (*_PLACE, *_WHAT)]
    fits = lines.select(sizes).row(0, named=True) if lines.height else {}
    if not all(fits.values()):
        raise OverflowError(f"cells with too large {', '.join(name for name, good in fits.items() if not good)}")


def _packed(columns: Sequence[tuple[str, int]]) -> pl.Expr:
    number = pl.lit(0, pl.Int64)
    for name, bits in columns:
        number = number * (1 << bits) + pl.col(name).cast(pl.Int64)
    return number


def _unpacked(packed: str, columns: Sequence[tuple[str, int]]) -> list[pl.Expr]:
    found, place = [], 0
    for name, bits in reversed(columns):
        found.append((pl.col(packed) // (1 << place) % (1 << bits)).cast(pl.Int32).alias(name))
        place += bits
    return found[::-1]
