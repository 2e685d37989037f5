"""Pairs of identities that may be one person: found in the tables, their birth dates compared through the vault.

Somebody who reviews must see whom they review: so the numbers are told, and each reading is written down first.
"""

from datetime import UTC, date, datetime

from pydantic import BaseModel, Field

from connectors.outgoing.reading import Pool, reading
from projections.links import Candidate as Pair
from projections.links import SharedDose
from projections.links import candidates as find
from register import vault
from register.access import Reader, readings
from register.access.whose import ever_secret
from register.clock import day_in_sweden
from register.definitions import products
from register.identities.classify import classify
from register.identities.number import Identity
from register.settings import Settings
from register.vault.births import births_of

# Pairs with differing birth dates fall away, and in a mass vaccination most do: so many more are looked at than shown.
LOOKED_AT = 20_000


class Who(BaseModel):
    """One identity of a pair."""

    root: str
    value: str = Field(repr=False)
    issuer: str


class Candidate(BaseModel):
    """Two identities with the same birth date and sex who were given the same batch of a product on the same day."""

    one: Who
    other: Who
    born: str = Field(repr=False, description="Birth date, or the year where the date is not known of both.")
    year_only: bool
    doses: list[str] = Field(description="Day, product and batch of each shared dose.")


def candidates(pool: Pool, settings: Settings, reader: Reader, limit: int) -> list[Candidate]:
    """At most so many pairs, those with most shared doses first; raises Denied."""
    with reading(pool) as conn:
        pairs = find(conn, limit=LOOKED_AT)
    people = sorted({person for pair in pairs for person in (pair.one, pair.other)})
    with pool.connection() as conn:
        births = births_of(conn, settings.keys, people)
        identities = vault.reveal(conn, settings.keys, people)
        found = [
            (pair, _born(pair, identities, births)) for pair in pairs if {pair.one, pair.other} <= identities.keys()
        ]
        shown = [(pair, born) for pair, born in found if born is not None][:limit]
        secret = ever_secret(conn, {person for pair, _ in shown for person in (pair.one, pair.other)})
        shown = [(pair, born) for pair, born in shown if secret.isdisjoint((pair.one, pair.other))]
        told = sorted({person for pair, _ in shown for person in (pair.one, pair.other)})
        conn.commit()
    with pool.connection() as conn:
        readings(conn, reader, "candidates", told, datetime.now(UTC))
    today = day_in_sweden(settings.clock())
    return [_shown(pair, born, identities, today) for pair, born in shown]


def _born(pair: Pair, identities: dict[int, Identity], births: dict[int, set[date]]) -> str | None:
    """The birth date of both, or the year where it is not known of both; None if they were born on different days."""
    days = [_days(identities[person], births.get(person, set())) for person in (pair.one, pair.other)]
    if not all(days):
        return str(pair.birth_year)
    same = days[0] & days[1]
    return min(same).isoformat() if same else None


def _days(identity: Identity, stated: set[date]) -> set[date]:
    return stated | ({identity.birth_date} if identity.birth_date else set())


def _shown(pair: Pair, born: str, identities: dict[int, Identity], today: date) -> Candidate:
    return Candidate(
        one=_who(identities[pair.one], today),
        other=_who(identities[pair.other], today),
        born=born,
        year_only=len(born) == len("1984"),
        doses=[_told(dose) for dose in pair.shared],
    )


def _told(dose: SharedDose) -> str:
    names = {product.number: product.name for product in products()}
    return f"{dose.given_on} {names.get(dose.product, '')} {dose.batch}".replace("  ", " ")


def _who(identity: Identity, today: date) -> Who:
    issuer = classify(identity.value, identity.root, today=today).issuer
    return Who(root=identity.root, value=identity.value, issuer=issuer or identity.root)
