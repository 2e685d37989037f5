"""Why something said at the desk was not taken, in the reader's language: each reason with its code, if it has one."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from connectors.channel import SenderUnknown
from connectors.outgoing.identity_asked import NamesNobody
from connectors.outgoing.words import Words
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
    """One reason."""

    text: str
    code: str = ""


def refusals(failure: Exception, words: Words) -> tuple[int, list[Refusal]]:
    """The status to answer with, and every reason."""
    match failure:
        case ValidationError():
            errors = failure.errors(include_input=False, include_url=False)
            return 422, [Refusal(_rule(error, words)) for error in errors if error["type"] != _NOT_EMPTY]
        case NamesNobody():
            return failure.status_code, [_of_code(code, words) for code in failure.codes]
        case Denied():
            return 403, [_of_code(failure.code, words)]
        case SenderUnknown():
            return 503, [Refusal(words("desk_no_sender"))]
        case _:
            return 503, [Refusal(words("desk_not_sent"))]


def _rule(error: Mapping[str, Any], words: Words) -> str:
    named = [name for part in error["loc"] if (name := words.of("desk_field", str(part))) != part]
    return f"{', '.join(named)}: {words(RULES.get(error['type'], 'desk_rule_form'))}"


def _of_code(code: str, words: Words) -> Refusal:
    meaning = meanings().get(code)
    if meaning is None:
        return Refusal(code)
    return Refusal(meaning.sv if words.language == "sv" else meaning.en, code)
