"""The read API: coverage, supply, uploads and status as JSON; rows of coverage also as CSV and Parquet.

Parameters are those of the command line, with the same names. A broken one is answered 422 with a sentence. Every
route asks the table of roles, which lets anyone ask for figures and only senders and those who help them for files.
"""

import io
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from connectors.outgoing.days import KnownDays
from connectors.outgoing.parameters import Day, only_known
from connectors.outgoing.readers import DENIED, asks
from connectors.outgoing.reading import Reading
from projections import live, positions
from projections.coverage.query import coverage
from projections.coverage.question import BadQuestion, CoverageAnswer, CoverageQuestion, Level, age_bands
from projections.municipality_uploads.query import rows_of, uploads
from projections.supply.query import supply
from register.access import Denied, Reader
from register.clock import Clock, day_in_sweden
from register.definitions import diseases

Format = Literal["json", "csv", "parquet"]
KnownOn = Annotated[
    Day | None, Query(alias="known-on", description="As known at the end of this day; without it, as known now.")
]


class CoverageReply(BaseModel):
    """Rows, and what they mean."""

    rows: list[dict[str, Any]] = Field(
        description="`area`, `area_name`, the columns of `by`, `persons`, `doses`, `population`, `share` (0 to 1);"
        " null is a count that is not shown or cannot be worked out"
    )
    definition: dict[str, Any]
    notes: list[str]


class Rows(BaseModel):
    """Rows of a question without parameters of its own."""

    rows: list[dict[str, Any]]


class Position(BaseModel):
    """The offset that a projection reads next."""

    topic: str
    partition: int
    next_offset: int


class Status(BaseModel):
    """What can be asked about."""

    first_day_known: date
    last_day_known: date
    tables: str = Field(description="The schema that answers; a rebuild makes the next one")
    positions: list[Position]


def routes(reading: Reading, clock: Clock, known_days: KnownDays) -> APIRouter:
    """The API of the register that `reading` reaches."""
    api = APIRouter(prefix="/api", tags=["read"], dependencies=[Depends(only_known)])
    sees_files = asks("uploads")

    @api.get("/coverage", response_model=CoverageReply, dependencies=[Depends(asks("coverage"))])
    def how_many_are_vaccinated(  # noqa: PLR0917
        level: Annotated[Level, Query(description="One row per area of this level.")] = "nation",
        area: Annotated[str, Query(description="Only within a region (24), municipality (2480) or DeSO.")] = "",
        by: Annotated[str, Query(description="Further columns: any of week,age,sex,dose,product,cause.")] = "",
        ages: Annotated[str, Query(description="Age bands, such as 18-29,30-39,65-.")] = "",
        at_least: Annotated[int, Query(alias="at-least", ge=1, le=99, description="At least so many doses.")] = 1,
        given_to: Annotated[
            Day | None, Query(alias="given-to", description="Doses given in the ISO weeks ended by this day.")
        ] = None,
        known_on: KnownOn = None,
        known_since: Annotated[
            Day | None,
            Query(alias="known-since", description="By how much counts changed since this day; by=cause says why."),
        ] = None,
        cumulative: Annotated[bool, Query(description="With by=week: up to each week instead of in it.")] = False,
        age_at: Annotated[
            Day | None, Query(alias="age-at", description="Ages reached by the end of this day's year.")
        ] = None,
        disease: Annotated[str, Query(description="Code of the disease.")] = diseases()[0].code,
        without_zeros: Annotated[
            bool, Query(alias="without-zeros", description="Leave out rows in which nothing was counted.")
        ] = False,
        written: Annotated[Format, Query(alias="format", description="CSV and Parquet hold the rows only.")] = "json",
    ) -> Any:
        """Persons with at least so many doses, doses given, the population and the share."""
        today = day_in_sweden(clock())
        question = CoverageQuestion(
            given_to=given_to or today,
            known_on=known_on or today,
            level=level,
            area=area,
            by=_by(by),
            ages=age_bands(ages) if ages else (),
            at_least=at_least,
            cumulative=cumulative,
            age_at=age_at,
            disease=_disease(disease),
            known_since=known_since,
        )
        with reading() as conn:
            answer = coverage(conn, question).on(today)
        return _written(answer.without_zeros() if without_zeros else answer, written)

    @api.get("/supply", dependencies=[Depends(asks("supply"))])
    def what_was_delivered(
        region: Annotated[str | None, Query(pattern="^[0-9]{2}$", description="Two digits, such as 24.")] = None,
        known_on: KnownOn = None,
    ) -> Rows:
        """Doses dispatched to and received by each region, by product and ISO week."""
        with reading() as conn:
            return Rows(rows=[row._asdict() for row in supply(conn, known_on=known_on, region=region)])

    @api.get("/uploads", responses=DENIED)
    def what_became_of_files(
        reader: Annotated[Reader, Depends(sees_files)],
        sender: Annotated[str | None, Query(description="Only this sender's files.")] = None,
        limit: Annotated[int, Query(ge=1, le=10_000, description="At most so many files, the newest first.")] = 100,
    ) -> Rows:
        """Files that were sent, and how many of their rows had which outcome; a sender sees its own."""
        sender = _sender(reader, sender)
        with reading() as conn:
            return Rows(rows=[row._asdict() for row in uploads(conn, sender=sender, limit=limit)])

    @api.get("/uploads/{upload}", responses=DENIED)
    def what_became_of_rows(
        reader: Annotated[Reader, Depends(sees_files)],
        upload: Annotated[str, Path(description="The upload's id.")],
        sender: Annotated[str | None, Query(description="Only this sender's file.")] = None,
    ) -> Rows:
        """The rows of one file that were refused or flagged, with the codes of the rules and their receipts."""
        sender = _sender(reader, sender)
        with reading() as conn:
            return Rows(rows=[row._asdict() for row in rows_of(conn, upload, sender=sender)])

    @api.get("/status", dependencies=[Depends(asks("status"))])
    def how_far_the_register_has_come() -> Status:
        """The days on which something became known, and how far each partition of the log has been projected."""
        with reading() as conn:
            first, last = known_days(conn, day_in_sweden(clock()))
            return Status(
                first_day_known=first,
                last_day_known=last,
                tables=live.live_schema(conn),
                positions=[
                    Position(topic=place.topic, partition=place.partition, next_offset=next_offset)
                    for place, next_offset in sorted(positions.read(conn).items())
                ],
            )

    return api


def _sender(reader: Reader, asked: str | None) -> str | None:
    """Whose files are shown, None = everybody's: who may see only those of one sender need not name it."""
    if asked is None and isinstance(reader.may("uploads"), Denied):
        asked = reader.sender
    answer = reader.may("uploads", asked or "")
    if isinstance(answer, Denied):
        raise answer
    return asked


def _by(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _disease(code: str) -> str:
    known = [disease.code for disease in diseases()]
    if code not in known:
        raise BadQuestion(f"The register counts {', '.join(known)}")
    return code


def _written(answer: CoverageAnswer, written: Format) -> Any:
    if written == "json":
        return CoverageReply(rows=answer.rows.to_dicts(), definition=vars(answer.definition), notes=list(answer.notes))
    if written == "csv":
        # Semicolons and UTF-8, as every other file of the register.
        return Response(answer.rows.write_csv(separator=";"), media_type="text/csv; charset=utf-8")
    file = io.BytesIO()
    answer.rows.write_parquet(file)
    return Response(file.getvalue(), media_type="application/vnd.apache.parquet")
