"""Check digits by modulus 10, also over letters, as the issuers of reserve numbers prescribe them."""

from dataclasses import dataclass
from string import ascii_uppercase, digits


@dataclass(frozen=True, slots=True, eq=False)
class CheckDigit:
    """Where the sum begins, and what each sign adds to it, plain and doubled."""

    start: int
    plain: dict[str, int]
    doubled: dict[str, int]

    @classmethod
    def over(cls, first: int, letters: str) -> "CheckDigit":
        """From this position, the first being 1, to the last; letters count as `K=5 M=7 X=8`, or as ASCII codes."""
        values = {sign: int(sign) for sign in digits}
        if letters == "ASCII":
            values |= {sign: ord(sign) for sign in ascii_uppercase}
        else:
            values |= {sign: int(value) for sign, _, value in (word.partition("=") for word in letters.split())}
        return cls(
            first - 1,
            {sign: _digits_added(value) for sign, value in values.items()},
            {sign: _digits_added(2 * value) for sign, value in values.items()},
        )

    def fits(self, number: str) -> bool:
        """Whether the last digit is the one that the others prescribe."""
        signs = number[self.start :]
        plain, doubled = self.plain, self.doubled
        return not (sum(plain[sign] for sign in signs[::-2]) + sum(doubled[sign] for sign in signs[-2::-2])) % 10


def _digits_added(value: int) -> int:
    return sum(map(int, str(value)))
