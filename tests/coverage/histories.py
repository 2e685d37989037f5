"""Facts about persons for tests: builders with good defaults, random histories, and facts as the frames of a batch."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import strategies as st

from projections.people.facts import READS
from projections.projection import Batch

Fact = tuple[str, dict[str, Any]]

_TYPES: Mapping[str, Any] = {
    "person_id": pl.Int64,
    "version": pl.Int64,
    "recorded_at": pl.Datetime("us", "UTC"),
    "dose_id": pl.Int64,
    "given_on": pl.Date,
    "on": pl.Date,
    "birth_year": pl.Int32,
    "dose_number": pl.Int32,
    "suspected_duplicate_of": pl.Int64,
    "died_on": pl.Date,
    "protected_on": pl.Date,
    "residence_days": pl.List(pl.Date),
    "residence_municipalities": pl.List(pl.String),
    "residence_desos": pl.List(pl.String),
}
FIRST_DAY = date(2020, 12, 27)


def at(day: date, hour: int = 12) -> datetime:
    """An instant of a day, UTC."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def fact(name: str, person_id: int, version: int, known: date, **said: Any) -> Fact:
    """A fact with good defaults for what the test does not say."""
    fields: dict[str, Any] = dict.fromkeys(READS[name], "")
    given: dict[str, Any] = {
        "dose_id": 1,
        "cause": "reported",
        "given_on": known,
        "disease": "COVID19",
        "product": "Comirnaty",
        "dose_number": None,
        "suspected_duplicate_of": None,
        "birth_year": 1950,
        "sex": "F",
        "on": date(2000, 1, 1),
        "municipality": "2480",
        "deso": "2480A0010",
        "died_on": None,
        "protected_on": None,
        "residence_days": [date(2000, 1, 1)],
        "residence_municipalities": ["2480"],
        "residence_desos": ["2480A0010"],
        "person_id": person_id,
        "version": version,
        "recorded_at": at(known),
    }
    return name, {**fields, **{field: given[field] for field in fields if field in given}, **said}


def batch(facts: Iterable[Fact]) -> Batch:
    """The facts as the runner hands them over: one frame per schema."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for name, fields in facts:
        by_name.setdefault(name, []).append({field: fields[field] for field in READS[name]})
    return Batch(
        {
            name: pl.DataFrame(rows, schema={field: _TYPES.get(field, pl.String) for field in READS[name]})
            for name, rows in by_name.items()
        }
    )


_PLACES = st.sampled_from([("2480", "2480A0010"), ("2480", ""), ("24", ""), ("", ""), ("0180", "0180C1200")])
_CAUSES = st.sampled_from(["reported", "corrected", "withdrawn", "reinstated", "linked", "unlinked"])
_DOSE_KINDS = st.sampled_from(["DoseRecorded.v1"] * 4 + ["DoseCorrected.v1", "DoseReinstated.v1", "DoseWithdrawn.v1"])
_PERSON_KINDS = st.sampled_from(
    [
        "PersonRegistered.v1",
        "PersonMoved.v1",
        "PersonDied.v1",
        "ReserveNumberCorrected.v1",
        *["PersonProtected.v1"] * 2,
        *["PersonRestated.v1"] * 2,
    ]
)
_RESTATED_BECAUSE = st.sampled_from(["linked", "unlinked", "corrected", "moved", "died", "protected"])
_GRADES = st.sampled_from(["", "", "sekretessmarkering", "Protected registration", 'confidential; "very"'])
_DAYS = st.integers(0, 500).map(lambda days: FIRST_DAY + timedelta(days=days))


@st.composite
def histories(draw: st.DrawFn, persons: int = 3, facts: int = 14) -> list[Fact]:
    """Random histories of a few persons in one log: anything may happen to anyone in any order."""
    versions = dict.fromkeys(range(1, persons + 1), 0)
    orderly = draw(st.booleans())
    known, log = FIRST_DAY, []
    for _ in range(draw(st.integers(0, facts))):
        person = draw(st.integers(1, persons))
        versions[person] += 1
        known += timedelta(days=draw(st.integers(0, 90)))
        recorded = at(known, draw(st.sampled_from([0, 12, 23])))
        dose = draw(st.booleans())
        name = draw(_DOSE_KINDS if dose else _PERSON_KINDS)
        said: dict[str, Any] = {"recorded_at": recorded}
        if dose:
            fresh = orderly and name == "DoseRecorded.v1"
            said |= {
                "dose_id": person * 1000 + (versions[person] if fresh else draw(st.integers(1, 5))),
                "cause": draw(_CAUSES),
                **({} if name == "DoseWithdrawn.v1" else draw(_dose(known if fresh else None))),
            }
        else:
            municipality, deso = draw(_PLACES)
            lived = draw(st.dictionaries(_DAYS | st.just(date(2000, 1, 1)), _PLACES, max_size=3))
            protected_on = draw(st.none() | _DAYS)
            told = {
                "cause": draw(_RESTATED_BECAUSE),
                "died_on": draw(st.none() | _DAYS),
                "protected_on": protected_on,
                "protection": "" if protected_on is None else draw(_GRADES),
                "residence_days": sorted(lived),
                "residence_municipalities": [lived[day][0] for day in sorted(lived)],
                "residence_desos": [lived[day][1] for day in sorted(lived)],
                "birth_year": draw(st.sampled_from([None, 1950, 1951])),
                "sex": draw(st.sampled_from(["F", "M", "unknown"])),
                "on": draw(_DAYS | st.just(date(2000, 1, 1))),
                "municipality": municipality,
                "deso": deso,
                "grade": draw(_GRADES),
            }
            said |= {field: value for field, value in told.items() if field in READS[name]}
        log.append(fact(name, person, versions[person], known, **said))
    return log


@st.composite
def _dose(draw: st.DrawFn, given_on: date | None) -> dict[str, Any]:
    return {
        "given_on": given_on or draw(_DAYS),
        "disease": draw(st.sampled_from(["COVID19", "COVID19", "OTHER"])),
        "product": draw(st.sampled_from(["Comirnaty", "Spikevax", "Homebrew 7"])),
        "suspected_duplicate_of": draw(st.sampled_from([None, None, None, 77])),
    }


@st.composite
def deliveries(draw: st.DrawFn, log: Sequence[Fact]) -> list[list[Fact]]:
    """The same facts in random batches, now and then with facts that came before."""
    batches: list[list[Fact]] = []
    at = 0
    while at < len(log):
        until = draw(st.integers(at + 1, len(log)))
        again = draw(st.integers(max(0, at - 4), at))
        batches.append(list(log[again:until]))
        at = until
    return batches
