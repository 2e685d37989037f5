"""Rows of persons as the fold sees them: what stood before a batch and what stands after it."""

from dataclasses import dataclass

import polars as pl

PEOPLE = {
    "person_id": pl.Int64,
    "version": pl.Int64,
    "birth_year": pl.Int16,
    "sex": pl.Int16,
    "died_on": pl.Date,
    "protected_on": pl.Date,
    "protection": pl.String,
    "protects": pl.Int16,
}
RESIDENCES = {"person_id": pl.Int64, "on": pl.Date, "version": pl.Int64, "area": pl.Int32, "deso": pl.Int32}
COUNTED_DOSES = {
    "person_id": pl.Int64,
    "dose_id": pl.Int64,
    "version": pl.Int64,
    "day_known": pl.Date,
    "cause": pl.Int16,
    "counted": pl.Boolean,
    "given_on": pl.Date,
    "disease": pl.Int16,
    "product": pl.Int16,
}


@dataclass(frozen=True)
class Rows:
    """The rows of some persons; `doses` holds only what counting needs, `counted` = true and no suspected duplicate."""

    people: pl.DataFrame
    residences: pl.DataFrame
    doses: pl.DataFrame

    def last_seen(self) -> pl.DataFrame:
        """person_id and the last version that any row came from."""
        seen = [frame.select("person_id", "version") for frame in (self.people, self.residences, self.doses)]
        return pl.concat(seen).group_by("person_id").agg(pl.col("version").max())

    def of(self, persons: pl.DataFrame) -> "Rows":
        """The rows of these persons."""
        return Rows(
            *(
                frame.join(persons, on="person_id", how="semi", maintain_order="left")
                for frame in (self.people, self.residences, self.doses)
            )
        )


NO_ROWS = Rows(pl.DataFrame(schema=PEOPLE), pl.DataFrame(schema=RESIDENCES), pl.DataFrame(schema=COUNTED_DOSES))
