"""The made-up people and their doses as the files that a sender, the population feed and an issuer would send.

Each frame has the columns of its file format, as text: `frame.write_csv(path, separator=";")` makes the file.
"""

import polars as pl

from connectors.demo.figures import published
from connectors.demo.people import RESERVE, Played

VINTAGE = "2020-12-31"
CARE_PROVIDER = "5555555555"
# Before the first dose (27 December 2020), so that everybody lives somewhere, and a reserve number means somebody,
# when the doses come.
REGISTERED = "2020-12-21"

_NONE = pl.lit("")
_NOT_NULLIFIED = (pl.lit("false").alias("nullified"), _NONE.alias("nullifiedReason"))


def submit_file(played: Played) -> pl.DataFrame:
    """Dose reports, in the order in which they were sent."""
    return (
        played.doses.join(played.persons.select("person", "id_type", "id_root", "id_value"), on="person")
        .sort("reported_at", "reference")
        .select(
            _system_name(),
            pl.col("reported_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias("dateTimeCreated"),
            pl.col("reference").alias("uniqueReference"),
            pl.col("id_value").alias("patientId"),
            pl.col("id_type").cast(pl.String).alias("patientIdType"),
            pl.col("npl_id").alias("NPLId"),
            _root().alias("patientIdRoot"),
            pl.col("product").alias("vaccineName"),
            pl.col("batch").alias("batchNumber"),
            pl.col("given_on").cast(pl.String).alias("vaccinationDate"),
            pl.col("dose_number").cast(pl.String).alias("doseNumber"),
            pl.lit("COVID19").alias("disease"),
            pl.lit(CARE_PROVIDER).alias("careProvider"),
            pl.col("care_unit").alias("careUnit"),
            pl.col("municipality").alias("careUnitMunicipality"),
            _NONE.alias("setting"),
            _NONE.alias("campaign"),
            *_NOT_NULLIFIED,
        )
    )


def persons_file(played: Played) -> pl.DataFrame:
    """The population register: everybody vaccinated, where they lived when the vaccinations began."""
    return played.persons.select(
        pl.col("id_type").cast(pl.String).alias("patientIdType"),
        _root().alias("patientIdRoot"),
        pl.col("id_value").alias("patientId"),
        pl.lit("registered").alias("event"),
        pl.lit(REGISTERED).alias("date"),
        _text("birth_date").alias("birthDate"),
        _text("birth_year").alias("birthYear"),
        _text("sex"),
        "municipality",
        _NONE.alias("deso"),
        _NONE.alias("protection"),
    )


def identities_file(played: Played) -> pl.DataFrame:
    """Who the reserve numbers stand for."""
    return played.persons.filter(pl.col("id_type") == RESERVE).select(
        _system_name(),
        pl.lit(f"{REGISTERED}T08:00:00Z").alias("dateTimeCreated"),
        pl.format("{}-{}", "region", "id_value").alias("uniqueReference"),
        pl.col("id_root").alias("patientIdRoot"),
        pl.col("id_value").alias("patientId"),
        "region",
        _text("birth_date").alias("birthDate"),
        _text("birth_year").alias("birthYear"),
        _text("sex"),
        pl.lit("made up").alias("evidence"),
        pl.lit("demo").alias("registeredBy"),
        pl.lit(REGISTERED).alias("date"),
        *_NOT_NULLIFIED,
    )


def population_file() -> pl.DataFrame:
    """The denominators: municipality by age group, both sexes; and the nation from 18 years by sex."""
    figures = published()
    by_age = figures.population.select(
        pl.lit(VINTAGE).alias("vintage"),
        "municipality",
        _NONE.alias("deso"),
        pl.col("age_group").alias("birthYear"),
        _NONE.alias("sex"),
        pl.col("count").cast(pl.String),
    )
    by_sex = figures.population_by_sex.select(
        pl.lit(VINTAGE).alias("vintage"),
        _NONE.alias("municipality"),
        _NONE.alias("deso"),
        pl.lit("18-").alias("birthYear"),
        "sex",
        pl.col("count").cast(pl.String),
    )
    return pl.concat([by_age, by_sex])


def _system_name() -> pl.Expr:
    return pl.format("demo-{}", "region").alias("systemName")


def _root() -> pl.Expr:
    """The OID goes along with reserve numbers; the type alone says the others."""
    return pl.when(pl.col("id_type") == RESERVE).then("id_root").otherwise(_NONE)


def _text(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).fill_null("")
