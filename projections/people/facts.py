"""Facts about persons as columns, one frame per kind of thing that a fact can say.

Every frame has `person_id`, `version` and `day` (the Swedish day on which the register came to know).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from projections.areas import area, deso
from projections.coverage.causes import cause_of, cause_of_restatement
from register.definitions import UNKNOWN, diseases, late_after_days, products

_WHO = ("person_id", "version", "recorded_at")
_DESCRIPTION = ("birth_year", "sex")
_RESIDENCE = ("on", "municipality", "deso")
_TEXTS = ("batch", "care_provider", "care_unit", "care_unit_municipality", "setting", "campaign")
_DOSE = ("given_on", "disease", "product", *_TEXTS, "dose_number", "suspected_duplicate_of")

_TRUE_DOSES = ("DoseRecorded.v1", "DoseCorrected.v1", "DoseReinstated.v1")
_DESCRIBING = (
    "PersonIdentified.v1",
    "PersonRegistered.v1",
    "ReserveNumberRegistered.v1",
    "ReserveNumberCorrected.v1",
    "ReserveNumberWithdrawn.v1",
)
_SETTLING = ("PersonRegistered.v1", "PersonMoved.v1")
_RESTATING = "PersonRestated.v1"
_LIVED = ("residence_days", "residence_municipalities", "residence_desos")

READS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_TRUE_DOSES, (*_WHO, "dose_id", "cause", *_DOSE)),
    "DoseWithdrawn.v1": (*_WHO, "dose_id", "cause"),
    **dict.fromkeys(_DESCRIBING, (*_WHO, *_DESCRIPTION)),
    "PersonRegistered.v1": (*_WHO, *_DESCRIPTION, *_RESIDENCE),
    "PersonMoved.v1": (*_WHO, *_RESIDENCE),
    "PersonDied.v1": (*_WHO, "on"),
    "PersonProtected.v1": (*_WHO, "on", "grade"),
    _RESTATING: (*_WHO, "cause", *_DESCRIPTION, "died_on", "protected_on", "protection", *_LIVED),
}

_PRODUCTS = {product.name: product.number for product in products()}
_DISEASES = {disease.code: disease.number for disease in diseases()}
_DAY_KNOWN = pl.col("recorded_at").dt.convert_time_zone("Europe/Stockholm").dt.date().alias("day")

_KEY = {"person_id": pl.Int64, "version": pl.Int64, "day": pl.Date}
DESCRIPTIONS = {**_KEY, "birth_year": pl.Int16, "sex": pl.Int16}
RESIDENCES = {**_KEY, "on": pl.Date, "area": pl.Int32, "deso": pl.Int32}
DEATHS = {**_KEY, "died_on": pl.Date}
PROTECTIONS = {**_KEY, "protected_on": pl.Date, "protection": pl.String}
DOSES = {
    **_KEY,
    "dose_id": pl.Int64,
    "cause": pl.Int16,
    "withdrawn": pl.Boolean,
    "given_on": pl.Date,
    "disease": pl.Int16,
    "product": pl.Int16,
    "product_as_written": pl.String,
    "dose_number": pl.Int16,
    "suspected_duplicate_of": pl.Int64,
    **dict.fromkeys(_TEXTS, pl.String),
}
RESTATEMENTS = {**_KEY, "cause": pl.Int16}


@dataclass(frozen=True)
class Facts:
    """Facts of one batch, each frame in the order of (person_id, version) and every version once.

    `restatements` are facts that say all of a person anew. What they say stands in the other frames too, with their
    version: each of the residences, a day of death that can be null.
    """

    descriptions: pl.DataFrame
    residences: pl.DataFrame
    deaths: pl.DataFrame
    protections: pl.DataFrame
    doses: pl.DataFrame
    restatements: pl.DataFrame

    def persons(self) -> pl.Series:
        """Ids of all persons that the facts are about, sorted."""
        return pl.concat([frame["person_id"] for frame in self._frames()]).unique().sort()

    def after(self, seen: pl.DataFrame) -> "Facts":
        """Facts that are not among those already seen: `seen` holds person_id and the last version seen."""
        if seen.is_empty():
            return self
        return Facts(*(_newer(frame, seen) for frame in self._frames()))

    def of(self, persons: pl.DataFrame) -> "Facts":
        """Facts about these persons."""
        return Facts(
            *(frame.join(persons, on="person_id", how="semi", maintain_order="left") for frame in self._frames())
        )

    def between(self, first: int, last: int) -> "Facts":
        """Facts about the persons whose ids lie from `first` to `last`: slices, as the frames are sorted."""
        return Facts(
            *(
                frame.slice(
                    low := frame["person_id"].search_sorted(first),
                    frame["person_id"].search_sorted(last, "right") - low,
                )
                for frame in self._frames()
            )
        )

    def of_versions(self, first: int, last: int) -> "Facts":
        """Facts with the versions from `first` to `last`."""
        return Facts(*(frame.filter(pl.col("version").is_between(first, last)) for frame in self._frames()))

    def versions(self) -> pl.DataFrame:
        """person_id and version of every fact, once."""
        return pl.concat([frame.select("person_id", "version") for frame in self._frames()]).unique()

    def _frames(self) -> tuple[pl.DataFrame, ...]:
        return (
            self.descriptions,
            self.residences,
            self.deaths,
            self.protections,
            self.doses,
            self.restatements,
        )


def facts(frames: Mapping[str, pl.DataFrame]) -> Facts:
    """The facts in a batch's frames that this projection reads."""
    told = Facts(
        _gathered(frames, _DESCRIBING, DESCRIPTIONS, _described),
        _gathered(frames, _SETTLING, RESIDENCES, _settled),
        _gathered(frames, ("PersonDied.v1",), DEATHS, lambda frame, _: frame.rename({"on": "died_on"})),
        _gathered(frames, ("PersonProtected.v1",), PROTECTIONS, _protected),
        _gathered(frames, (*_TRUE_DOSES, "DoseWithdrawn.v1"), DOSES, _dosed),
        pl.DataFrame(schema=RESTATEMENTS),
    )
    restating = frames.get(_RESTATING)
    return told if restating is None or restating.is_empty() else _with_restatements(told, restating)


def _with_restatements(told: Facts, frame: pl.DataFrame) -> Facts:
    """The same facts and those that say all of a person anew."""
    said = _described(frame.unique(["person_id", "version"], keep="first").with_columns(_DAY_KNOWN), _RESTATING)
    lived = said.select("person_id", "version", "day", *_LIVED, place=pl.int_ranges(pl.col(_LIVED[0]).list.len()))
    each = lived.explode("place").select(
        *("person_id", "version", "day"),
        *(
            pl.col(column).list.get("place", null_on_oob=True).alias(name)
            for column, name in zip(_LIVED, _RESIDENCE, strict=True)
        ),
    )
    homes = _settled(each.drop_nulls("on"), _RESTATING).unique(
        ["person_id", "version", "on"], keep="last", maintain_order=True
    )

    def also(frame: pl.DataFrame, new: pl.DataFrame, schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
        columns = [pl.col(name).cast(kind) for name, kind in schema.items()]
        return pl.concat([frame, new.select(columns)]).sort("person_id", "version", maintain_order=True)

    return Facts(
        also(told.descriptions, said, DESCRIPTIONS),
        also(told.residences, homes, RESIDENCES),
        also(told.deaths, said, DEATHS),
        also(told.protections, said, PROTECTIONS),
        told.doses,
        said.with_columns(cause_of_restatement())
        .select(pl.col(c).cast(t) for c, t in RESTATEMENTS.items())
        .sort("person_id", "version"),
    )


def _gathered(
    frames: Mapping[str, pl.DataFrame],
    names: tuple[str, ...],
    schema: Mapping[str, pl.DataType | type[pl.DataType]],
    shaped: Callable[[pl.DataFrame, str], pl.DataFrame],
) -> pl.DataFrame:
    found = [
        shaped(frames[name].with_columns(_DAY_KNOWN), name).select(pl.col(c).cast(t) for c, t in schema.items())
        for name in names
        if name in frames and not frames[name].is_empty()
    ]
    if not found:
        return pl.DataFrame(schema=dict(schema))
    # The same fact can come twice in one batch; two kinds of facts never share a version.
    ordered = pl.concat(found).sort("person_id", "version")
    again = (pl.col("person_id") == pl.col("person_id").shift()) & (pl.col("version") == pl.col("version").shift())
    return ordered.filter(~again.fill_null(value=False))


def _described(frame: pl.DataFrame, _: str) -> pl.DataFrame:
    return frame.with_columns(
        pl.col("birth_year").fill_null(UNKNOWN),
        pl.col("sex").replace_strict({"M": 1, "F": 2}, default=UNKNOWN, return_dtype=pl.Int16),
    )


def _settled(frame: pl.DataFrame, _: str) -> pl.DataFrame:
    return frame.with_columns(
        area(pl.col("municipality")).alias("area"), deso(pl.col("deso"), pl.col("municipality")).alias("deso")
    )


def _protected(frame: pl.DataFrame, _: str) -> pl.DataFrame:
    return frame.rename({"on": "protected_on", "grade": "protection"})


def _dosed(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    if name == "DoseWithdrawn.v1":
        content = [pl.lit(None, DOSES[column]).alias(column) for column in (*_DOSE, "product_as_written")]
        return frame.with_columns(cause_of(name, late_after_days()), *content, withdrawn=pl.lit(value=True))
    number = pl.col("product").replace_strict(_PRODUCTS, default=UNKNOWN, return_dtype=pl.Int16)
    return frame.with_columns(
        cause_of(name, late_after_days()).alias("cause"),
        pl.col("disease").replace_strict(_DISEASES, default=UNKNOWN, return_dtype=pl.Int16),
        number.alias("product"),
        pl.when(number == UNKNOWN).then(pl.col("product")).alias("product_as_written"),
        pl.lit(value=False).alias("withdrawn"),
    )


def _newer(frame: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    keys = frame.select("person_id", "version")
    held = keys.join(seen.rename({"version": "seen"}), on="person_id", how="left", maintain_order="left")
    newer = held.select((pl.col("version") > pl.col("seen")).fill_null(value=True)).to_series()
    return frame if newer.all() else frame.filter(newer)
