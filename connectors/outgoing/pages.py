"""The pages people look at: the dashboard at /, and at /api what the API can be asked."""

from collections.abc import Callable
from datetime import date
from functools import partial
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from connectors.outgoing.curve import Point, curve
from connectors.outgoing.dashboard import Asked, day_numbered, frame, page
from connectors.outgoing.days import Days, KnownDays
from connectors.outgoing.figures import AGE_CHOICES, Chosen, ages_with_shares, figures
from connectors.outgoing.navigation import navigation
from connectors.outgoing.reading import Reading
from connectors.outgoing.texts import TEXTS
from connectors.outgoing.words import Words, language_wanted
from projections.coverage.query import coverage
from register.areas import NATION, municipalities, region_names
from register.clock import Clock, day_in_sweden


class NotUnderstood(Exception):
    """An address that names no page: the key of the sentence that says so, and the status to answer with."""

    def __init__(self, key: str, status: int, **values: object) -> None:
        super().__init__(key)
        self.key, self.status, self.values = key, status, values


def warm_up() -> None:
    """Draw a curve nobody sees: the first one of a process takes half a second."""
    curve((Point(202101, (1, 0), (0.1, 0.0)),), Words("sv"), narrow=True, name="")


def asked_from(request: Request, days: Days, usual_ages: Callable[[date], str]) -> Asked:
    """What an address asks for; raises NotUnderstood. `usual_ages` are those of a page that names none."""
    values = request.query_params
    words = words_for(request)
    first, last = days
    known_on = min(max(_day(values.get("known-on", ""), last), first), last)
    return Asked(
        chosen=Chosen(
            area=_area(values.get("area", "")),
            known_on=known_on,
            ages=_one_of("ages", values.get("ages") or usual_ages(last), AGE_CHOICES),
        ),
        map_dose=int(_one_of("dose", values.get("dose", "1"), ("1", "2"))),
        words=words,
        first_day=first,
        last_day=last,
    )


def words_for(request: Request) -> Words:
    """The reader's language."""
    return Words(language_wanted(request.query_params.get("lang"), request.headers.get("accept-language")))


def _area(code: str) -> str:
    if code and code != NATION and code not in region_names() and code not in municipalities():
        raise NotUnderstood("no_such_area", 404, code=code[:10])
    return code or NATION


def _day(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text) if text else otherwise
    except ValueError:
        raise NotUnderstood("no_such_value", 422, name="known-on", rule="a_day") from None


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise NotUnderstood("must_be_one_of", 422, name=name, values=", ".join(filter(None, allowed)))
    return value


def routes(reading: Reading, clock: Clock, known_days: KnownDays) -> APIRouter:
    """The pages of the register that `reading` reaches."""
    pages = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

    @pages.head("/")
    @pages.get("/")
    def dashboard(request: Request) -> Response:
        with reading() as conn:
            days = known_days(conn, day_in_sweden(clock()))
            if (number := request.query_params.get("day")) is not None:
                return _canonical(request, number, days)
            ask = partial(coverage, conn)
            asked = asked_from(request, days, partial(ages_with_shares, ask))
            found = figures(ask, asked.chosen)
        shown = page(asked, found, **navigation(request, asked.words))
        return HTMLResponse(shown, headers={"Vary": "Accept-Language, Cookie"})

    return pages


def problem(request: Request, said: NotUnderstood) -> HTMLResponse:
    """A page that says in a sentence what was wrong with the address."""
    words = words_for(request)
    values = {name: words(value) if value in TEXTS else value for name, value in said.values.items()}

    def link(**changed: object) -> str:
        return "/?" + urlencode(changed)

    told = words(said.key, **values)
    return HTMLResponse(frame("problem.html", words, link, sentence=told, **navigation(request, words)), said.status)


def _canonical(request: Request, number: str, days: Days) -> Response:
    """The slider sends the number of a day when scripts are off: go on to the address that names the day."""
    first, last = days
    if not number.isdecimal() or len(number) > 6:
        raise NotUnderstood("no_such_value", 422, name="day", rule="a_whole_number")
    day = min(day_numbered(first, int(number)), last)
    kept = {name: value for name, value in request.query_params.items() if name != "day"}
    return RedirectResponse("/?" + urlencode(kept | {"known-on": day}), status_code=303)
