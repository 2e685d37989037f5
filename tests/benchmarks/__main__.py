"""How fast the register is: `python -m tests.benchmarks [--facts N] [--reports N] [--seconds N] [--json FILE]`.

One register of its own, one run: each rate stands beside a raw limit that was measured in the same minute. Servers:
DATABASE_URL and KAFKA_BOOTSTRAP where they are set (a broker without the register's topics, a database of our own is
made), else embedded ones in a folder that is deleted afterwards.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from register.settings import settings_from
from tests.benchmarks import links, made_up, read_side, table, visible, write_side
from tests.benchmarks.alone import alone
from tests.benchmarks.steps import Steps, empty_register
from tests.benchmarks.table import Measured

MIXED = write_side.Mixture(reserve_numbers=0.01, links=0.001)
RATE = 1_000  # reports a second while latency is measured


def main() -> None:
    """Measure, and print the table."""
    asked = _asked()
    on, began = table.machine(), time.monotonic()
    with empty_register() as steps:
        measured = [*reading(steps, asked.facts), *writing(steps, asked.reports), *seeing(steps, asked.seconds)]
        measured += [*writing_mixed(steps, asked.reports), *seeing_links(steps)]
    table.show(measured, on)
    print(f"{time.monotonic() - began:.0f} s in all")
    if asked.json:
        table.write(asked.json, measured, on)


def _asked() -> argparse.Namespace:
    said = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="How fast the register is here.")
    said.add_argument("--facts", type=_between(10_000, 20_000_000), default=1_000_000, help="facts to project")
    said.add_argument("--reports", type=_between(10_000, 1_000_000), default=100_000, help="reports to decide")
    said.add_argument("--seconds", type=_between(2, 600), default=20, help=f"seconds of {RATE} reports a second")
    said.add_argument("--json", type=Path, help="also write the figures to this file")
    return said.parse_args()


def _between(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"from {least} to {most}")
        return int(text)

    return number


def reading(steps: Steps, asked: int) -> Iterator[Measured]:
    """(a) to (d)."""
    settings = settings_from(steps.env)
    database, kafka = settings.database_url, settings.kafka("bench")
    facts = steps.do("make facts up", made_up.fill, settings, steps.env, asked)
    until = read_side.ends(kafka)

    fetched = steps.do("fetch", alone, read_side.fetch, kafka, until)
    fetch = facts / fetched.seconds
    yield steps.measured("a", "fetch record batches", fetch, "facts/s", count=facts, spent=fetched)

    decoded = steps.do("decode", alone, read_side.fetch_and_decode, kafka, until)
    assert fetched.answer == decoded.answer == facts
    rate, limit = facts / decoded.seconds, {"raw": fetch, "raw_is": "fetch"}
    yield steps.measured(
        "b", "fetch and decode to columns", rate, "facts/s", count=facts, spent=decoded, aim=1_000_000, **limit
    )

    lines = []
    for step, name, aim, work in (
        ("c", "live projections into PostgreSQL", 100_000, (read_side.project, database, kafka, until)),
        ("d", "rebuild of all projections", 500_000, (read_side.rebuild_all, database, kafka, False)),
        ("d", "rebuild and comparison with live", None, (read_side.rebuild_all, database, kafka, True)),
    ):
        spent = steps.do(name, alone, *work)
        lines.append(steps.measured(step, name, facts / spent.seconds, "facts/s", count=facts, spent=spent, aim=aim))
    copy = facts / steps.do("COPY alone", alone, read_side.copy_alone, database).answer
    yield from (replace(line, raw=copy, raw_is="COPY") for line in lines)


def writing(steps: Steps, asked: int) -> Iterator[Measured]:
    """(e) and (f)."""
    env = steps.env
    reports = steps.do("make reports up", write_side.fill, env, asked)
    fetched = steps.do("fetch reports", alone, write_side.fetch_alone, env)
    decided = steps.do("intake", write_side.intake, env, reports)
    rate = decided.count / decided.seconds
    line = steps.measured(
        "e", "intake: reports to facts with receipts", rate, "reports/s", count=decided.count, spent=decided
    )
    copied = steps.do("COPY alone", write_side.copy_alone, env)
    yield replace(
        line,
        aim=10_000,
        raw=reports / (fetched.seconds + copied),
        raw_is="fetch + COPY",
        note=f"fetch alone {reports / fetched.seconds:,.0f}/s, COPY of the facts alone {reports / copied:,.0f}/s.",
    )

    published = steps.do("relay", write_side.relay, env)
    rate = published.count / published.seconds
    line = steps.measured(
        "f", "relay: facts and receipts to Kafka", rate, "records/s", count=published.count, spent=published
    )
    yield replace(
        line, aim=40_000, raw=steps.do("produce", alone, write_side.produce_alone, env).answer, raw_is="produce"
    )


def writing_mixed(steps: Steps, asked: int) -> Iterator[Measured]:
    """(h): the same without and with reserve numbers and links, one after the other, on a register that has people."""
    env, apart = steps.env, asked
    rates = []
    for name, of in (("none of them", write_side.PLAIN), ("1 % reserve numbers, 0.1 % links", MIXED)):
        reports = steps.do(f"make reports up: {name}", write_side.fill, env, asked, replace(of, first=apart))
        apart += asked
        decided = steps.do(f"intake: {name}", write_side.intake, env, reports)
        rates.append(decided.count / decided.seconds)
        line = steps.measured("h", f"intake: {name}", rates[-1], "reports/s", count=decided.count, spent=decided)
        yield replace(line, aim=0.9 * rates[0], raw=rates[0], raw_is="without") if len(rates) > 1 else line


def seeing_links(steps: Steps) -> Iterator[Measured]:
    """(i)."""
    seen = steps.do("link to coverage", links.measure, steps.env)
    for name, waited in (("p50", seen.p50), ("longest", seen.longest)):
        line = steps.measured(
            "i", f"link of two with 5 doses each → in coverage, {name}", waited, "ms", count=links.PAIRS, spent=seen
        )
        yield replace(line, aim=1_000)


def seeing(steps: Steps, seconds: int) -> Iterator[Measured]:
    """(g)."""
    seen = steps.do("report to coverage", visible.measure, steps.env, RATE, seconds)
    for name, waited in (("p50", seen.p50), ("p99", seen.p99), ("longest", seen.longest)):
        line = steps.measured(
            "g", f"report → visible in coverage, {name}", waited, "ms", count=RATE * seconds, spent=seen
        )
        note = f"{seen.rate:,.0f} reports/s for {seconds} s; peak MB is intake, relay and projections together."
        yield replace(line, aim=500, note=note) if name == "p99" else line


if __name__ == "__main__":
    main()
