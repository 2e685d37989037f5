"""The coverage question out of the options, its rows on standard output, their meaning on standard error."""

import os
import sys

from connectors.cli.failures import BrokenOption
from connectors.cli.output import Format, write_rows
from connectors.cli.reading import day, live_register
from projections.coverage.query import coverage
from projections.coverage.question import BY, LEVELS, CoverageQuestion, age_bands
from register.clock import clock_from, day_in_sweden


def ask_coverage(
    form: Format,
    *,
    level: str,
    area: str,
    by: str,
    ages: str,
    at_least: int,
    given_to: str | None,
    known_on: str | None,
    age_at: str | None,
    cumulative: bool,
    disease: str,
    known_since: str | None,
    without_zeros: bool,
) -> None:
    """Ask and write; a day left out is the register's today."""
    if level not in LEVELS:
        raise BrokenOption(f"--level must be one of {', '.join(LEVELS)}")
    columns = tuple(part.strip() for part in by.split(",") if part.strip())
    if not set(columns) <= set(BY):
        raise BrokenOption(f"--by takes any of {','.join(BY)}")
    today = day_in_sweden(clock_from(os.environ)())
    question = CoverageQuestion(
        given_to=day("--given-to", given_to) or today,
        known_on=day("--known-on", known_on) or today,
        level=level,
        area=area,
        by=columns,
        ages=age_bands(ages) if ages else (),
        at_least=at_least,
        cumulative=cumulative,
        age_at=day("--age-at", age_at),
        disease=disease,
        known_since=day("--known-since", known_since),
    )
    with live_register() as conn:
        answer = coverage(conn, question).on(today)
    answer = answer.without_zeros() if without_zeros else answer
    if form is Format.PARQUET:
        answer.rows.write_parquet(sys.stdout.buffer)
    else:
        write_rows(answer.rows.columns, answer.rows.rows(), form)
    for line in (answer.definition.text, *answer.notes):
        print(line, file=sys.stderr)
