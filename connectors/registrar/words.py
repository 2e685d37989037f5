"""What is said at the desk and what it is answered, as JSON and as forms have it."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema

from connectors.outgoing.identity_asked import Named, Strict
from connectors.outgoing.parameters import Day

Reason = Literal["same-person", "coordination-to-personal", "new-number", "sex-change"]
Year = Annotated[int, Field(ge=1800, le=2200)]
WAITING = "waiting"


class Registration(Named):
    """A reserve number and what is known of whom it stands for."""

    root: str = Field(max_length=128, description="OID of the series of reserve numbers.")
    region: str = Field(pattern="^[0-9]{2}$", description="Region that issued it, 2 digits.")
    birth_date: Day | SkipJsonSchema[None] = Field(None, description="Birth date, if known.")
    birth_year: Year | SkipJsonSchema[None] = Field(None, description="Birth year, if known.")
    sex: Literal["F", "M", ""] = Field("", description="F, M or empty: unknown.")
    evidence: str = Field("", max_length=1000, description="What it rests on, such as: passport seen.")
    registered_on: Day | SkipJsonSchema[None] = Field(None, description="Day of registration.")
    reference: str = Field("", max_length=100, description="Of an earlier registration, to correct it or take it back.")
    nullified: bool = Field(False, description="True takes the registration of this reference back.")
    nullified_reason: str = Field("", max_length=1000, description="Why it is taken back.")


class Link(Strict):
    """What was found out of two identities."""

    event: Literal["linked", "unlinked", "different"] = Field(description="One person, two again, or two for good.")
    kept: Named = Field(description="The identity that keeps the doses.")
    absorbed: Named = Field(description="The identity that goes into it.")
    reason: Reason = Field("same-person", description="Why they are one person.")
    evidence: str = Field("", max_length=1000, description="What it rests on.")


class Meaning(BaseModel):
    """A code of a receipt, and what it says."""

    code: str
    meaning: str
    fields: list[str] = Field([], description="Fields of the question that the code is about.")


class Answer(BaseModel):
    """What became of a report."""

    receipt: str
    reference: str = Field("", description="Names the registration from now on.")
    outcome: str
    codes: list[Meaning]
