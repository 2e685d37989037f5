"""Made-up worlds: a few people, and what senders say of them, in the order in which it arrives.

Anything may happen to anyone in any order: duplicates, corrections (also to another person), withdrawals, deaths,
moves, reports of long ago, reports nobody can understand, and the same again.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from register.identities.number import COORDINATION_ROOT, PERSONAL_ROOT

RESERVE_ROOT = "1.2.752.74.9.1"
POPULATION, CLINICS = "population", ("clinic", "region-24")
SENDERS = (POPULATION, *CLINICS)
OWNERS = dict(zip("AB", CLINICS, strict=True))  # whose system is whose

Fields = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist: an OID, a number with its century, and what the number itself says."""

    root: str
    number: str
    birth_year: int | None
    sex: str

    def written(self, way: int = 0) -> str:
        """The number as senders write it: with a hyphen, without, or without the century."""
        if self.root == RESERVE_ROOT:
            return self.number
        return (f"{self.number[:8]}-{self.number[8:]}", self.number, f"{self.number[2:8]}-{self.number[8:]}")[way]

    @property
    def writings(self) -> tuple[str, ...]:
        """Every form in which the number could leak."""
        if self.root == RESERVE_ROOT:
            return (self.number,)
        return (*(self.written(way) for way in range(3)), self.number[2:])


@dataclass(frozen=True)
class Report:
    """What a sender says: the schema and its fields."""

    sender: str
    schema: str
    fields: Fields = field(repr=False)
    person: Person | None  # None: the number is nobody's
    absorbed: Person | None = None  # of a link


@dataclass(frozen=True)
class World:
    """People, and for each day on the register's clock the reports that arrive on it."""

    people: tuple[Person, ...]
    days: tuple[tuple[date, tuple[Report, ...]], ...]

    @property
    def arrivals(self) -> list[tuple[date, Report]]:
        """Every report with its day, in the order of arrival."""
        return [(day, report) for day, reports in self.days for report in reports]


def with_check_digit(nine: str) -> str:
    """Modulus 10 over YYMMDDNNN (the last nine digits)."""
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(nine[-9:]))
    return f"{nine}{-total % 10}"


def somebody(nth: int, kind: str = "personal") -> Person:
    """The nth person, with a birth number of the tax agency's series for tests, or with a reserve number."""
    year, sex = 1930 + nth * 7 % 60, "M" if nth % 2 else "F"
    # 17 and 10 000 have no factor in common, so no two reserve numbers of a world are alike.
    if kind == "reserve":
        return Person(RESERVE_ROOT, f"24RX{4711 + nth * 17 % 10_000:05d}Q{nth:03d}", None, "unknown")
    day, birth_number = 1 + nth // 20 % 28, 980 + nth % 20
    root = COORDINATION_ROOT if kind == "coordination" else PERSONAL_ROOT
    day += 60 if kind == "coordination" else 0
    return Person(root, with_check_digit(f"{year}{1 + nth % 12:02d}{day:02d}{birth_number}"), year, sex)


REGISTER_DAYS = tuple(map(date.fromisoformat, ("2021-05-20", "2021-10-01", "2021-12-27", "2022-02-02", "2022-03-10")))
# Around the days from which dose 3 and dose 4 count, and 8 weeks from one another.
GIVEN = ("2021-01-04", "2021-02-01", "2021-04-12", "2021-07-07", "2021-08-31", "2021-09-01")
GIVEN_LATER = ("2021-10-26", "2021-10-27", "2021-12-22", "2022-01-20", "2022-01-21", "2022-02-28")
# What is written, and the product that is meant.
PRODUCTS = {
    "Comirnaty": "Comirnaty",
    "pfizer": "Comirnaty",
    "EU/1/20/1528": "Comirnaty",
    "Spikevax": "Spikevax",
    "Moderna": "Spikevax",
    "Homebrew 7": "",
}
HOMES = (("2480", "2480A0010"), ("2480", ""), ("2482", ""), ("24", ""), ("0180", "0180C1200"), ("", ""))
HOME_SINCE = ("2000-01-01", "2021-02-01", "2021-08-31", "2022-01-20")
_WRITTEN_FROM = datetime(2021, 1, 1, tzinfo=UTC)
_FEED_FROM = datetime(2021, 2, 1, tzinfo=UTC)
_NO_UPLOAD = {"upload": None, "upload_name": None, "row": None}


def a_dose(person: Person, reported_at: datetime, **said: Any) -> Report:
    """A dose of Comirnaty on 4 January 2021, reported by system A under the reference 1."""
    fields = {
        "system_name": "A",
        "unique_reference": "1",
        "reported_at": reported_at,
        "identity_root": person.root,
        "identity_value": person.written(),
        "given_on": "2021-01-04",
        "disease": "COVID19",
        "npl_id": "",
        "product_name": "Comirnaty",
        "batch": "EW2239",
        "dose_number": "",
        "care_provider": "232100-0016",
        "care_unit": "SE2321000016-1003",
        "care_unit_municipality": "0180",
        "setting": "",
        "campaign": "",
        "nullified": False,
        "nullified_reason": "",
        **_NO_UPLOAD,
    }
    assert said.keys() <= fields.keys()
    return Report("clinic", "DoseReport.v1", fields | said, person)


def a_change(person: Person, reported_at: datetime, event: str, on: str, **said: Any) -> Report:
    """What the population register says of a person."""
    fields = {
        "system_name": "population-register",
        "unique_reference": "",
        "reported_at": reported_at,
        "identity_root": person.root,
        "identity_value": person.number,
        "event": event,
        "on": on,
        "birth_date": "",
        "birth_year": "",
        "sex": "",
        "municipality": "",
        "deso": "",
        "protection": "",
        **_NO_UPLOAD,
    }
    assert said.keys() <= fields.keys()
    return Report(POPULATION, "PopulationChangeReport.v1", fields | said, person)


def a_registration(person: Person, reported_at: datetime, reference: str, **said: Any) -> Report:
    """A region has issued a reserve number."""
    fields = {
        "system_name": "Numbers 24",
        "unique_reference": reference,
        "reported_at": reported_at,
        "identity_root": person.root,
        "identity_value": person.number,
        "region": "24",
        "birth_date": "",
        "birth_year": "",
        "sex": "",
        "evidence": "passport seen",
        "registered_by": "desk 3",
        "registered_on": "2021-01-02",
        "nullified": False,
        "nullified_reason": "",
        **_NO_UPLOAD,
    }
    assert said.keys() <= fields.keys()
    return Report(CLINICS[1], "ReserveNumberReport.v1", fields | said, person)


def a_link(kept: Person, absorbed: Person, reported_at: datetime, event: str = "linked") -> Report:
    """Somebody with two numbers: their passport was seen."""
    fields = {
        "system_name": "Numbers 24",
        "unique_reference": "",
        "reported_at": reported_at,
        "event": event,
        "identity_root": kept.root,
        "identity_value": kept.number,
        "absorbed_root": absorbed.root,
        "absorbed_value": absorbed.number,
        "reason": "",
        "evidence": "passport seen",
        "decided_by": "registrar",
        **_NO_UPLOAD,
    }
    return Report(CLINICS[1], "IdentityLinkReport.v1", fields, kept, absorbed)


@st.composite
def worlds(
    draw: st.DrawFn,
    *,
    people: int = 4,
    reports: int = 20,
    least: int = 0,
    days: int = 3,
    references: int = 4,
    links: bool = False,
) -> World:
    """Few people, records and days, so that reports meet; `references` is the number of records of a system."""
    first = draw(st.integers(0, 400))
    kinds = ("personal", "reserve", "personal", "coordination")
    everyone = tuple(somebody(first + nth, kinds[nth % 4]) for nth in range(draw(st.integers(1, people))))
    said: list[Report] = []
    count = draw(st.integers(least, reports))
    for sequence in range(count):
        # Written in another order than they arrive in, and no two at the same instant.
        at = _WRITTEN_FROM + timedelta(hours=draw(st.integers(0, 40)), microseconds=sequence)
        again = draw(st.integers(0, 9)) == 0
        if said and again:
            said.append(draw(st.sampled_from(said)))
            continue
        person = draw(st.sampled_from(everyone))
        if links and len(everyone) > 1 and draw(st.integers(0, 3)) == 0:
            other = draw(st.sampled_from([one for one in everyone if one != person]))
            event = draw(st.sampled_from(("linked", "linked", "linked", "unlinked", "different")))
            said.append(a_link(person, other, at, event))
            continue
        if draw(st.integers(0, 9)) < 6:
            said.append(draw(_doses(person, at, references)))
        elif person.root == RESERVE_ROOT:
            said.append(draw(_registrations(person, at)))
        else:
            # The population feed speaks in the order of time; only what it says again is old.
            said.append(draw(_changes(person, _FEED_FROM + timedelta(hours=sequence))))
    chosen = sorted(draw(st.sets(st.sampled_from(REGISTER_DAYS), min_size=1, max_size=days)))
    cuts = sorted(draw(st.lists(st.integers(0, len(said)), min_size=len(chosen) - 1, max_size=len(chosen) - 1)))
    bounds = [0, *cuts, len(said)]
    return World(
        everyone,
        tuple((day, tuple(said[bounds[place] : bounds[place + 1]])) for place, day in enumerate(chosen)),
    )


@st.composite
def _doses(draw: st.DrawFn, person: Person, at: datetime, references: int) -> Report:
    reference = draw(st.integers(-1, references))
    way = draw(st.integers(0, 2)) if reference > 0 else 0  # who has no references always writes the same way
    said: Fields = {
        "system_name": draw(st.sampled_from("AB")),
        "unique_reference": str(reference) if reference > 0 else "",
        "identity_value": person.written(way),
        "given_on": draw(st.sampled_from((*GIVEN, *GIVEN_LATER))),
        "product_name": draw(st.sampled_from(tuple(PRODUCTS))),
        "nullified": draw(st.integers(0, 4)) == 0,
    }
    broken = draw(st.integers(0, 24))
    if broken == 0:
        said["dose_number"] = "?"
    elif broken == 1 and person.root != RESERVE_ROOT:
        wrong = f"{person.number[:11]}{(int(person.number[11]) + 1) % 10}"
        return Report("clinic", "DoseReport.v1", a_dose(person, at, **said).fields | {"identity_value": wrong}, None)
    report = a_dose(person, at, **said)
    return Report(OWNERS[said["system_name"]], report.schema, report.fields, person)


@st.composite
def _changes(draw: st.DrawFn, person: Person, at: datetime) -> Report:
    event = draw(st.sampled_from(("registered", "moved", "moved", "died")))
    if event == "died":
        return a_change(person, at, event, draw(st.sampled_from(("2021-03-01", "2021-11-01", "2022-02-20"))))
    municipality, deso = draw(st.sampled_from(HOMES))
    said = {"municipality": municipality, "deso": deso}
    if event == "registered":
        said |= {"birth_year": draw(st.sampled_from(("", "1951"))), "sex": draw(st.sampled_from(("", "F", "M")))}
    return a_change(person, at, event, draw(st.sampled_from(HOME_SINCE)), **said)


@st.composite
def _registrations(draw: st.DrawFn, person: Person, at: datetime) -> Report:
    return a_registration(
        person,
        at,
        draw(st.sampled_from(("r1", "r2"))),
        birth_year=draw(st.sampled_from(("", "1984", "1985"))),
        sex=draw(st.sampled_from(("", "F", "M"))),
        nullified=draw(st.integers(0, 3)) == 0,
    )
