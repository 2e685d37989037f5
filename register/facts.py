"""Facts as they are stored: from classes to the schemas' records and back."""

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any, get_args

from register.deliveries.facts import StockFact
from register.doses.facts import DoseFact
from register.persons.facts import IdentityFact

PersonFact = IdentityFact | DoseFact
AnyFact = PersonFact | StockFact

_CLASSES: dict[str, type[AnyFact]] = {kind.NAME: kind for kind in get_args(AnyFact)}


def _reader(kind: type[AnyFact]) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    names = tuple(field.name for field in fields(kind))
    return names, attrgetter(*names)


_READERS = {kind: _reader(kind) for kind in _CLASSES.values()}


def to_record(fact: AnyFact) -> dict[str, Any]:
    """The record of the schema `fact.NAME`."""
    names, values = _READERS[type(fact)]
    return dict(zip(names, values(fact), strict=True))


def fact_from(name: str, record: dict[str, Any]) -> AnyFact:
    """The fact in a record of the schema `name`; KeyError if that schema is no fact's."""
    if "flags" in record:
        record["flags"] = tuple(record["flags"])
    return _CLASSES[name](**record)


def subject_of(fact: AnyFact) -> int:
    """The person id or stock id in whose history the fact stands."""
    return fact.stock_id if isinstance(fact, StockFact) else fact.person_id
