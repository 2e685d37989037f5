"""Identity numbers that belong to nobody: the tax agency's series for tests, and the demo's own reserve numbers.

The series for tests is birth number 980–999 of a birth date: ten numbers for women (even) and ten for men (odd). Where
a birth year has given out all of its days' ten, people get a reserve number under an OID of the demo's own.
"""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

# Under 2.25 an OID is a random UUID written as a number, free for anyone and colliding with nobody's.
# This one is 31739b50-253f-4c18-b3c4-96922bf33a2a and names nothing but this demo's reserve numbers.
RESERVE_ROOT = "2.25.65732436055461417145183961364722563626"

FIRST_BIRTH_NUMBER = 980
PER_DAY = 10


def days_in(year: int) -> int:
    return 366 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 365


def numbers_in(year: int) -> int:
    """How many people of one sex, born in the year, the series has numbers for."""
    return PER_DAY * days_in(year)


def birth_day(years: Ints, slots: Ints) -> Ints:
    """Day of the year, from 0, of the slot-th number of a birth year."""
    # 173 is prime to 365 and to 366, so the days of a year are all taken once before any is taken twice.
    return np.asarray(slots * 173 % _days(years), np.int64)


def series_numbers(years: Ints, dates: Ints, men: npt.NDArray[np.bool_], slots: Ints) -> Ints:
    """The twelve-digit number of the slot-th man or woman of a birth year; `dates` are the birth dates as YYYYMMDD."""
    birth_numbers = FIRST_BIRTH_NUMBER + 2 * (slots // _days(years)) + men
    nine = dates % 1_000_000 * 1000 + birth_numbers
    return (dates * 1000 + birth_numbers) * 10 + check_digits(nine)


def check_digits(nine: Ints) -> Ints:
    """Modulus 10 over the nine digits YYMMDDNNN, weighted 2, 1, 2, ... from the left."""
    total = np.zeros_like(nine)
    for place in range(9):
        weighted = nine // 10**place % 10 * (2 - place % 2)
        total += weighted // 10 + weighted % 10
    return np.asarray(-total % 10, np.int64)


def _days(years: Ints) -> Ints:
    return np.where((years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0)), 366, 365)
