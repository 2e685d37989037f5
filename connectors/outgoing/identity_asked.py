"""An identity in a request, the one form of it: always the OID of its series and the number."""

from fastapi import HTTPException
from pydantic import BaseModel, ConfigDict, Field

from connectors.outgoing.series_asked import root_meant
from register.clock import day_in_sweden
from register.codes import in_words
from register.identities.classify import ROOT_UNKNOWN, why_nobody
from register.identities.number import PERSONAL_ROOT, BrokenIdentity, Identity, parse_identity
from register.settings import Settings

TWICE = "SERIES-TWICE"


class Strict(BaseModel):
    """What a request says: a field that is not known is refused, since its sender believes that it was heard."""

    model_config = ConfigDict(extra="forbid")


class Named(Strict):
    """Whom a request names."""

    root: str = Field(PERSONAL_ROOT, max_length=128, description="OID of the kind of identity.")
    value: str = Field(max_length=64, description="The identity number.", repr=False)


class NamesNobody(HTTPException):
    """A number that names no person, or nobody whom the register knows; the codes say why."""

    def __init__(self, codes: tuple[str, ...], status: int = 422) -> None:
        why = ", ".join(map(in_words, codes))
        super().__init__(status, f"value names no person: {why}" if status == 422 else why)
        self.codes = codes


def named_in_form(listed: str, typed: str, value: str) -> Named:
    """Whom a form names that has a list of series, and a field for the OID of others; raises NamesNobody."""
    root = root_meant(listed, typed)
    if not root:
        raise NamesNobody((TWICE if root is None else ROOT_UNKNOWN,))
    return Named(root=root, value=value.strip())


def identity_of(named: Named, settings: Settings) -> Identity:
    """The identity that is meant; raises NamesNobody."""
    today = day_in_sweden(settings.clock())
    read = parse_identity(named.root, named.value, today=today)
    if isinstance(read, BrokenIdentity):
        # Without an OID it was taken for a national number: it may be the series that is missing.
        raise NamesNobody(read.codes if "root" in named.model_fields_set else why_nobody(named.value, today=today))
    return read
