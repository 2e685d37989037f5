"""Pairs of identities that may be one person: found in the tables, their birth dates compared through the vault.

Somebody who reviews must see whom they review: so the numbers are told, and each reading is written down first.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from psycopg import Connection
from pydantic import BaseModel, Field

from connectors.outgoing.reading import Pool, reading
from connectors.registrar.order import longest_first
from projections.coverage.question import BadQuestion
from projections.links import Alike, Place, SharedDose
from projections.links import Candidate as Pair
from projections.links import candidates as walk
from register import vault
from register.access import Reader, readings
from register.access.whose import ever_secret
from register.clock import day_in_sweden
from register.definitions import products
from register.identities.classify import classify
from register.identities.number import Identity
from register.settings import Settings
from register.vault.births import births_of

# A page ends here also where too little was found to fill it: nobody waits for a walk through the whole register.
PAIRS, BATCHES = 20_000, 300
# Where the birth date is not known of both, so many doses in common make a pair: one is shared with hundreds of others.
YEAR_ONLY_SHARES = 2


class Who(BaseModel):
    """One identity of a pair."""

    root: str
    value: str = Field(repr=False)
    issuer: str


class Candidate(BaseModel):
    """Two identities with the same birth date and sex who were given the same batch of a product on the same day."""

    one: Who = Field(description="The one whose number holds longer: it would keep the doses.")
    other: Who = Field(description="The one that would go into it.")
    born: str = Field(repr=False, description="Birth date, or the year where the date is not known of both.")
    year_only: bool
    doses: list[str] = Field(description="Day, product and batch of each shared dose.")


class Page(BaseModel):
    """Some candidates, and how far the register has been looked through for them, the last day first."""

    candidates: list[Candidate]
    looked_at: int = Field(description="Doses of identities that are no personal number, looked at up to here.")
    of: int = Field(description="All such doses. When all are looked at, there are no further candidates.")
    next: str | None = Field(description="Send it as `after` to go on; null when all were looked at.")


def candidates(pool: Pool, settings: Settings, reader: Reader, limit: int, after: str = "") -> Page:
    """About so many pairs, from where an earlier page ended: those of one batch stay together; raises Denied."""
    compare = _Compare(settings)
    shown: list[Pair] = []
    page = Page(candidates=[], looked_at=0, of=0, next=None)
    begin, compared = _read(after), 0
    # One connection for the tables and the vault: who holds one and waits for a second stops everybody else.
    with reading(pool) as conn:
        compare.vault = conn
        for batches, looked in enumerate(walk(conn, compare, after=begin), 1):
            compared += looked.compared
            shown += [pair for pair in looked.found if compare.is_date(pair.pair) or _share_enough(pair)]
            _, page.looked_at, page.of = looked.place
            page.next = None if looked.last else _written(looked.place)
            if len(shown) >= limit or compared >= PAIRS or batches >= BATCHES:
                break
    told = sorted({person for found in shown for person in found.pair[:2]})
    with pool.connection() as conn:
        readings(conn, reader, "candidates", told, datetime.now(UTC))
    today = day_in_sweden(settings.clock())
    page.candidates = [_shown(each, compare.born[each.pair], compare.identities, today) for each in shown]
    return page


def _share_enough(pair: Pair) -> bool:
    return len(pair.shared) >= YEAR_ONLY_SHARES


class _Compare:
    """Which pairs were born on the same day, as far as that is known, and may be shown; and who they are."""

    vault: Connection[Any]

    def __init__(self, settings: Settings) -> None:
        self._keys = settings.keys
        self.identities: dict[int, Identity] = {}
        self._births: dict[int, set[date]] = {}
        self.born: dict[Alike, str] = {}  # the birth date, or the year where the date is not known of both

    def __call__(self, pairs: Sequence[Alike]) -> Sequence[Alike]:
        """Those that agree; the erased and whoever was ever secret are left out."""
        people = {person for pair in pairs for person in pair[:2]}
        new = sorted(people - self.identities.keys())
        if new:
            self.identities |= vault.reveal(self.vault, self._keys, new)
            self._births |= births_of(self.vault, self._keys, new)
        alike = [pair for pair in pairs if set(pair[:2]) <= self.identities.keys() and self._agree(pair)]
        secret = ever_secret(self.vault, {person for pair in alike for person in pair[:2]}) if alike else set()
        return [pair for pair in alike if secret.isdisjoint(pair[:2])]

    def is_date(self, pair: Alike) -> bool:
        """Is the whole birth date known of both, and the same?"""
        return _is_date(self.born[pair])

    def _agree(self, pair: Alike) -> bool:
        days = [_days(self.identities[person], self._births.get(person, set())) for person in pair[:2]]
        same = days[0] & days[1]
        if all(days) and not same:
            return False
        self.born[pair] = min(same).isoformat() if same else str(pair.birth_year)
        return True


def _is_date(born: str) -> bool:
    return len(born) > len("1984")


def _written(place: Place) -> str:
    return f"{place.at.given_on}/{place.at.product}/{place.doses}/{place.of}/{place.at.batch}"


def _read(after: str) -> Place | None:
    """Where a page ended, as `_written`; raises BadQuestion."""
    if not after:
        return None
    try:
        given_on, product, doses, of, batch = after.split("/", 4)
        at = SharedDose(date.fromisoformat(given_on), int(product), batch)
        return Place(at, int(doses), int(of))
    except ValueError:
        raise BadQuestion("after is what the page before said to go on with") from None


def _days(identity: Identity, stated: set[date]) -> set[date]:
    return stated | ({identity.birth_date} if identity.birth_date else set())


def _shown(found: Pair, born: str, identities: dict[int, Identity], today: date) -> Candidate:
    one, other = longest_first(identities[found.pair.one], identities[found.pair.other])
    return Candidate(
        one=_who(one, today),
        other=_who(other, today),
        born=born,
        year_only=not _is_date(born),
        doses=[_told(dose) for dose in found.shared],
    )


def _told(dose: SharedDose) -> str:
    names = {product.number: product.name for product in products()}
    return f"{dose.given_on} {names.get(dose.product, '')} {dose.batch}".replace("  ", " ")


def _who(identity: Identity, today: date) -> Who:
    issuer = classify(identity.value, identity.root, today=today).issuer
    return Who(root=identity.root, value=identity.value, issuer=issuer or identity.root)
