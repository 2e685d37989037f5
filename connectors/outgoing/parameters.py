"""Parameters as the API takes them: days, and the sentence for each rule that one breaks."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import Request
from pydantic import BeforeValidator

from projections.coverage.question import BadQuestion
from register.masking import masked

WRITTEN_DAY = "must be a day of the calendar, written YYYY-MM-DD"


def _day(text: object) -> object:
    # As it stands, pydantic would also take the number of seconds since 1970.
    if not isinstance(text, str) or re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) is None:
        raise ValueError(WRITTEN_DAY)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(WRITTEN_DAY) from None


Day = Annotated[date, BeforeValidator(_day)]


def only_known(request: Request) -> None:
    """Raises BadQuestion for a parameter that the question does not have: its answer would be to another one."""
    known = [parameter.alias for parameter in request.scope["route"].dependant.query_params]
    unknown = [masked(name) for name in request.query_params if name not in known]
    if unknown:
        takes = f"the parameters are {', '.join(known)}" if known else "there are no parameters"
        raise BadQuestion(f"Unknown parameter {', '.join(unknown)}: {takes}")


def _place(path: Sequence[str | int]) -> str:
    """A parameter, or a field of a body by the way to it: `kept.value`; pydantic names its own validators there too."""
    way, last = [str(part) for part in path[1:-1]], str(path[-1])
    if path[0] != "body" or not way:
        return last
    shown = [*way, last] if last.isidentifier() and last != "none" else way
    return ".".join(shown)


def sentences(errors: Iterable[Mapping[str, Any]]) -> list[str]:
    """Every finding once; what may be left out is found to be neither what it should be nor nothing."""
    return [sentence(error) for error in errors if error["type"] != "none_required"]


def sentence(error: Mapping[str, Any]) -> str:
    """Pydantic's finding as parameter and rule, `at-least must be greater than or equal to 1`; never what was sent."""
    place, kind = _place(error["loc"]), error["type"]
    if kind == "extra_forbidden":
        return f"{masked(place)} is no field of this question"
    if kind == "missing":
        return f"{place} must be given"
    if kind == "json_invalid":
        return "the body must be JSON"
    rule = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ").removeprefix("String ")
    return f"{place} {rule.split(', unable')[0].replace('should', 'must', 1)}"
