"""The demo: the whole register, made-up people through it day by day, and its answers beside the published figures."""

import os
import shlex
import shutil
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
from kafka import TopicPartition
from rich.console import Console

from connectors import logs
from connectors.catching_up import catch_up
from connectors.demo import rounds
from connectors.demo.comparison import Comparison, compare
from connectors.demo.figures import published
from connectors.demo.files import population_file
from connectors.demo.folder import demo_folder, empty
from connectors.demo.people import people
from connectors.demo.plan import HOME_REGION
from connectors.demo.replay import replay
from connectors.demo.sheets import GIVEN_TO, KNOWN_ON, answers, share
from connectors.demo.telling import Telling, number
from connectors.incoming.population_csv import read_population
from connectors.outgoing.dashboard import DEMO
from connectors.up import RunsAlready, Up, running, stopped_once, told_where, wait_for_ever, what_runs
from projections import live, population, positions
from projections.municipality_uploads import uploads
from projections.municipality_uploads.table import OUTCOMES
from register import senders
from register.areas import region_names

# Everything but intake: as long as the demo plays it runs its own, by a clock of its own.
PARTS = ("relay", "project")


class NotTheDemo(Exception):
    """The servers given hold somebody's register: made-up people do not belong into it."""


def run(
    regions: Sequence[str] | None = (HOME_REGION,), *, stay: bool = True, keep: bool = False, port: int | None = None
) -> int:
    """Play regions (codes; None: the nation), compare, and with `stay` leave the register running until Ctrl-C.

    The exit code: 1 if a cell differs from what was published and nothing explains it. `keep` goes on with the data
    of an earlier demo, which then knows everything already.
    """
    logs.begin()
    telling = Telling(Console(highlight=False))
    data = demo_folder(regions)
    began = time.monotonic()
    place = "Sweden" if regions is None else ", ".join(region_names()[region] for region in regions)
    telling.say(f"The vaccination register with the doses of {place}, 27 December 2020 to 14 April 2021.")
    telling.say(
        "The people are made up; their numbers add up to what Folkhälsomyndigheten published on 15 April 2021.\n"
    )
    before = _as_it_is if keep else empty
    try:
        with (
            stopped_once(),
            running(data, parts=PARTS, port=port, say=telling.say, before=before, also={DEMO: place}) as register,
        ):
            telling.done("Kafka and PostgreSQL started", time.monotonic() - began)
            comparison = play(register, telling, regions)
            register.wait_for_page()
            telling.say(f"Done in {time.monotonic() - began:.0f} s.\n")
            if stay:
                telling.say(what_runs(register))
                telling.say(to_try(register, regions))
                telling.say(f"In another window, for every command to mean this register: {_means_this(register)}")
                telling.say("The register runs. Ctrl-C stops it.")
                wait_for_ever(telling.say)
    except RunsAlready as there:
        telling.say(told_where(there, data))
        return 0 if stay else 1
    except KeyboardInterrupt:
        telling.say("Interrupted. The next demo starts afresh.")
        return 130
    return 1 if comparison.unexplained else 0


def play(register: Up, telling: Telling, regions: Sequence[str] | None) -> Comparison:
    """Everything through the register, as on the days it was sent; then the comparison, told."""
    _refuse_another_register(register)
    with telling.step("made-up people invented"):
        played = people(regions)
    with telling.step("population figures loaded"):
        _load_population(register)
    with telling.counted(rounds.steps(played)) as bars:
        replay(register.settings, rounds.files(played), register.data / "files", bars.more)
    # From here on the register's day is today.
    register.parts.start("intake")
    with telling.step("all of it in the tables that answer questions"):
        _catch_up(register)
    with live.connect(register.settings.database_url) as conn:
        with telling.step("the agency's sheets asked of the register"):
            comparison = compare(published(), answers(conn, regions), regions)
        telling.say("")
        telling.compared(comparison)
        telling.say("")
        for region in regions or (HOME_REGION,):
            telling.headline(region, share(conn, region))
        telling.say(_what_was_done(conn))
    return comparison


def to_try(register: Up, regions: Sequence[str] | None) -> str:
    """Commands that ask the running register something."""
    where = f"VAXREG_DATA={shlex.quote(str(register.data))} {_vaxreg()}"
    area = HOME_REGION if regions is None else regions[0]
    days = f"--given-to {GIVEN_TO} --known-on {KNOWN_ON}"
    return (
        f"\n  {where} coverage --level municipality --area {area} --ages 18- {days}"
        f"\n  {where} supply --region {area}"
        f"\n  {where} rebuild\n"
    )


def _means_this(register: Up) -> str:
    return f"export VAXREG_DATA={shlex.quote(str(register.data))}"


def _vaxreg() -> str:
    """The command as it is called here: by its path, unless the shell finds the same one by its name."""
    beside = Path(sys.executable).with_name("vaxreg")
    named = shutil.which("vaxreg")
    if not beside.exists() or (named and Path(named).samefile(beside)):
        return "vaxreg"
    return str(beside.relative_to(Path.cwd()) if beside.is_relative_to(Path.cwd()) else beside)


def _as_it_is(data: Path) -> None:
    """Nothing is removed."""


def _refuse_another_register(register: Up) -> None:
    """Servers of DATABASE_URL may be anybody's; the demo's folder is its own."""
    if not os.environ.get("DATABASE_URL") and not os.environ.get("KAFKA_BOOTSTRAP"):
        return
    others = {sender.name for sender in senders.known(register.settings)} - set(rounds.SENDERS)
    if others:
        raise NotTheDemo(
            "The servers of DATABASE_URL and KAFKA_BOOTSTRAP hold a register with senders of its own. "
            "Unset both, and the demo brings its own servers."
        )


def _load_population(register: Up) -> None:
    rows, errors, _ = read_population(StringIO(population_file().write_csv(separator=";")))
    assert not errors, "the demo's own file has no broken rows"
    with psycopg.connect(register.settings.database_url) as conn:
        population.create_tables(conn)
        population.load(conn, rows)


def _catch_up(register: Up) -> None:
    def projected(conn: psycopg.Connection[Any]) -> Mapping[TopicPartition, int]:
        try:
            live.use(conn, live.live_schema(conn))
        except live.NothingLive:
            return {}
        return positions.read(conn)

    # What has ended the supervisor starts again, and how much is left a second or two need not be told.
    catch_up(register.settings, projected, lambda _: None, lambda: None)


def _what_was_done(conn: psycopg.Connection[Any]) -> str:
    """Reports by what became of them, facts, and the days on which something became known."""
    outcomes = Counter[str]()
    for upload in uploads(conn):
        outcomes.update({name: getattr(upload, name.replace("-", "_")) for name in OUTCOMES})
    told = ", ".join(f"{number(count)} {name}" for name, count in outcomes.items() if count)
    facts, days = conn.execute(
        "SELECT (SELECT count(*) FROM register.stored_events), (SELECT count(DISTINCT day_known) FROM coverage_ledger)"
    ).fetchone() or (0, 0)
    return (
        f"{number(outcomes.total())} reports ({told}) gave {number(facts)} facts; "
        f"figures can be asked as known on each of {days} days."
    )
