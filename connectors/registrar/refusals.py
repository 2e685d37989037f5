"""Why something said at the desk was not taken, in the reader's language: each reason with its code, if it has one."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from connectors.channel import SenderUnknown
from connectors.outgoing.identity_asked import NamesNobody
from connectors.outgoing.words import Words
from connectors.registrar.faults import Fault, NotTaken
from register.access import Denied
from register.codes import meanings

# To put a finding of pydantic in words, add a row: its type, and the key of the rule in texts.py.
RULES: Mapping[str, str] = {
    "value_error": "desk_rule_day",
    "int_parsing": "desk_rule_year",
    "greater_than_equal": "desk_rule_year",
    "less_than_equal": "desk_rule_year",
    "string_too_long": "desk_rule_long",
    "missing": "desk_rule_missing",
}

# What may be left out is found to be neither what it should be nor nothing: two findings of one fault.
_NOT_EMPTY = "none_required"


class Refusal(NamedTuple):
    """One reason, and the fields of the form that it is about."""

    text: str
    code: str = ""
    fields: tuple[str, ...] = ()


def refusals(failure: Exception, words: Words) -> tuple[int, list[Refusal]]:
    """The status to answer with, and every reason."""
    match failure:
        case ValidationError():
            errors = failure.errors(include_input=False, include_url=False)
            return 422, [_broken(error, words) for error in errors if error["type"] != _NOT_EMPTY]
        case NotTaken():
            return failure.status_code, of_faults(failure.faults, words)
        case NamesNobody():
            return failure.status_code, [_of_code(code, words) for code in failure.codes]
        case Denied():
            return 403, [_of_code(failure.code, words)]
        case SenderUnknown():
            return 403, [Refusal(words("desk_no_sender"))]
        case _:
            return 503, [Refusal(words("desk_not_sent"))]


def of_faults(faults: Iterable[Fault], words: Words) -> list[Refusal]:
    """Each fault in the reader's language; which of two identities it is about is said where it is one of them."""
    return [_of_code(fault.code, words, fault.fields) for fault in faults]


def _broken(error: Mapping[str, Any], words: Words) -> Refusal:
    place = [str(part) for part in error["loc"]]
    sides, named = _side(place[0], words), [name for part in place if (name := words.of("desk_field", part)) != part]
    field = ".".join(place[:2]) if sides else place[0]
    said = f"{', '.join([*sides, *named])}: {words(RULES.get(error['type'], 'desk_rule_form'))}"
    return Refusal(said, fields=(field,))


def _of_code(code: str, words: Words, fields: tuple[str, ...] = ()) -> Refusal:
    meaning = meanings().get(code)
    if meaning is None:
        return Refusal(code, fields=fields)
    said = meaning.sv if words.language == "sv" else meaning.en
    sides = {side for field in fields for side in _side(field.partition(".")[0], words)}
    return Refusal(f"{sides.pop()}: {said}" if len(sides) == 1 else said, code, fields)


def _side(name: str, words: Words) -> list[str]:
    """What the form calls one of the two identities; nothing for other fields."""
    return [words(f"desk_{name}")] if name in ("kept", "absorbed") else []
