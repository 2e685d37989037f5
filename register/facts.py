"""Facts as they are stored: from classes to the schemas' records and back."""

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any, get_args, get_origin

from register.deliveries.facts import StockFact
from register.doses.facts import DoseFact
from register.erasure.facts import PersonErased
from register.ids import PERSON_TAG, STOCK_TAG
from register.links.facts import LinkFact
from register.persons.facts import IdentityFact

PersonFact = IdentityFact | DoseFact | LinkFact | PersonErased
AnyFact = PersonFact | StockFact

_CLASSES: dict[str, type[AnyFact]] = {kind.NAME: kind for kind in get_args(AnyFact)}


def _reader(kind: type[AnyFact]) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    names = tuple(field.name for field in fields(kind))
    return names, attrgetter(*names)


_ARRAYS = {
    name: tuple(field.name for field in fields(kind) if get_origin(field.type) is tuple)
    for name, kind in _CLASSES.items()
}
_READERS = {kind: _reader(kind) for kind in _CLASSES.values()}


def to_record(fact: AnyFact) -> dict[str, Any]:
    """The record of the schema `fact.NAME`."""
    names, values = _READERS[type(fact)]
    return dict(zip(names, values(fact), strict=True))


def fact_from(name: str, record: dict[str, Any]) -> AnyFact:
    """The fact in a record of the schema `name`; KeyError if that schema is no fact's."""
    for field in _ARRAYS[name]:
        record[field] = tuple(record[field])
    kind = _CLASSES[name]
    # By place is faster than by name, and the schema's order is the class's own.
    return kind(*record.values()) if tuple(record) == _READERS[kind][0] else kind(**record)


def subject_of(fact: AnyFact) -> tuple[int, int]:
    """The history in which the fact stands: a person's or a stock's tag, and whose id."""
    return (STOCK_TAG, fact.stock_id) if isinstance(fact, StockFact) else (PERSON_TAG, fact.person_id)
