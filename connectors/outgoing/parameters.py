"""Parameters as the API takes them: days, and the sentence for each rule that one breaks."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator

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


def sentence(error: Mapping[str, Any]) -> str:
    """Pydantic's finding as parameter and rule, `at-least must be greater than or equal to 1`; never what was sent."""
    place, kind = error["loc"][-1], error["type"]
    if kind == "missing":
        return f"{place} must be given"
    if kind == "json_invalid":
        return "the body must be JSON"
    rule = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ").removeprefix("String ")
    return f"{place} {rule.split(', unable')[0].replace('should', 'must', 1)}"
