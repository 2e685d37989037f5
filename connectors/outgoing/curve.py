"""The curve: persons with at least one and two doses up to each week, drawn as SVG on the server by Altair."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import altair as alt
import vl_convert

from connectors.outgoing.words import Words

COLOURS = ("#0b5f8a", "#b3470b")
_INK = "#1b2a33"
_QUIET = "#52626d"
_GRID = "#dde4e8"
_MOST_LABELS = {True: 6, False: 13}


@dataclass(frozen=True, slots=True)
class Point:
    """One week (yyyyww) with how many people had at least one and two doses at its end; shares are 0–1."""

    week: int
    persons: tuple[int | None, int | None]
    shares: tuple[float | None, float | None]


@lru_cache(maxsize=256)
def curve(points: tuple[Point, ...], words: Words, *, narrow: bool, name: str) -> str:
    """The curve as an SVG element with an accessible name; shares where the population is known, else persons."""
    spec = _chart(points, words, narrow).to_dict()
    svg = vl_convert.vegalite_to_svg(spec, format_locale="sv-SE" if words.language == "sv" else "en-US")
    return _named(svg, name, "narrow" if narrow else "wide")


def shows_shares(points: Sequence[Point]) -> bool:
    """Whether every week has a share; otherwise the curve counts persons."""
    return all(share is not None for point in points for share in point.shares)


def last_day(week: int) -> date:
    """The Sunday of an ISO week written yyyyww."""
    return date.fromisocalendar(week // 100, week % 100, 7)


def _chart(points: tuple[Point, ...], words: Words, narrow: bool) -> alt.LayerChart:
    shares = shows_shares(points)
    labels = [words("dose_1"), words("dose_2")]
    rows = [
        {
            "day": last_day(point.week).isoformat(),
            "value": (point.shares if shares else point.persons)[number],
            "dose": labels[number],
            "last": point is points[-1],
        }
        for point in points
        for number in (0, 1)
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("day:T", scale=alt.Scale(type="utc", nice=False), title=None, axis=_weeks(points, words, narrow)),
        y=alt.Y("value:Q", title=None, axis=_amounts(shares, words, narrow), scale=alt.Scale(zero=True, nice=True)),
        color=alt.Color("dose:N", scale=alt.Scale(domain=labels, range=list(COLOURS)), legend=None),
    )
    # Dashes as well as colour: the two lines are told apart by those who see no colours.
    dashes = alt.StrokeDash("dose:N", scale=alt.Scale(domain=labels, range=[[1, 0], [7, 4]]), legend=None)
    lines = base.mark_line(strokeWidth=2.5, interpolate="linear").encode(strokeDash=dashes)
    dots = base.mark_point(filled=True, size=70, opacity=1).transform_filter("datum.last")
    width, height = (316, 250) if narrow else (860, 320)
    chart: alt.LayerChart = (
        alt.layer(lines, dots)
        .properties(width=width, height=height, autosize=alt.AutoSizeParams(type="fit", contains="padding"))
        .configure(background="transparent", font="sans-serif", aria=False)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=_QUIET, labelFontSize=12 if narrow else 13, gridColor=_GRID, domainColor=_QUIET, tickColor=_QUIET
        )
    )
    return chart


def _weeks(points: tuple[Point, ...], words: Words, narrow: bool) -> alt.Axis:
    """Week numbers below the axis, the year below the first week of each year that is written."""
    every = max(1, -(-len(points) // _MOST_LABELS[narrow]))
    shown = [point.week for point in points][::-1][::every][::-1]
    first_of_year = {min(week for week in shown if week // 100 == year) for year in {week // 100 for week in shown}}
    short = "v." if words.language == "sv" else "w"
    texts = {
        last_day(week).isoformat(): [f"{short} {week % 100}", str(week // 100) if week in first_of_year else ""]
        for week in shown
    }
    days = [alt.DateTime(year=d.year, month=d.month, date=d.day, utc=True) for d in map(last_day, shown)]
    return alt.Axis(
        values=days,
        labelExpr=f"({_as_expression(texts)})[utcFormat(datum.value, '%Y-%m-%d')]",
        grid=False,
        labelFlush=False,
        labelOverlap=False,
        labelPadding=6,
    )


def _as_expression(texts: dict[str, list[str]]) -> str:
    return "{" + ", ".join(f"'{day}': {lines!r}" for day, lines in texts.items()) + "}"


def _amounts(shares: bool, words: Words, narrow: bool) -> alt.Axis:
    written = "format(datum.value, '~%')" if shares else "format(datum.value, ',')"
    if shares and words.language == "sv":
        written = f"replace({written}, '%', '\u00a0%')"
    return alt.Axis(labelExpr=written, tickCount=4 if narrow else 6, domain=False, ticks=False)


def _named(svg: str, name: str, size: str) -> str:
    """An image with one name: what is inside is not read out, and its ids meet no others on the page."""
    svg = re.sub(r'\b(id="|url\(#)', rf"\g<1>{size}-", svg)
    escaped = name.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return re.sub(r"<svg ", f'<svg role="img" aria-label="{escaped}" ', svg, count=1)
