"""The search through everything that the register keeps, and through what is named; what was found, and how fast."""

import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from connectors.cli.failures import BrokenOption
from connectors.cli.output import Format, write_rows
from connectors.cli.register import register
from connectors.privacy.finding import Finding
from connectors.privacy.looking import Looker
from connectors.privacy.paths import scan_paths
from connectors.privacy.tables import scan_tables
from connectors.privacy.topics import scan_topics, topics_of
from register.clock import day_in_sweden
from register.identities.number import PERSONAL_ROOT, BrokenIdentity, Identity, parse_identity
from register.servers.data_folder import data_folder
from register.settings import Settings
from register.topics import REPORTS

MOST_SHOWN, MOST_OF_A_PLACE = 1_000, 20  # findings; the others are counted
# Kafka's folders of partitions: what lies in them is read from the broker, which uncompresses it.
PARTITION = re.compile(r"(.+)-\d+(?:\..*-delete)?")
Heard = Callable[[int], None]


@dataclass
class Looked:
    """How much of each kind was looked at, and how long that took."""

    counts: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def told(self) -> Iterator[str]:
        """A line for each kind."""
        for kind, count in self.counts.items():
            rate = count / max(self.seconds.get(kind, 0), 0.001)
            yield f"looked at {count:,} {kind}, {rate:,.0f} a second".replace(",", " ")


def scan_everything(paths: list[str], form: Format, *, known: bool) -> bool:
    """Print where numbers stand; whether there are none."""
    looked, found, counts = Looked(), list[Finding](), Counter[str]()
    with register() as settings:
        looker = Looker(_known(settings) if known else ())
        for each in scan(settings, looker, list(map(Path, paths)), _own_folder(), looked):
            counts[each.place] += 1
            if counts[each.place] <= MOST_OF_A_PLACE and len(found) < MOST_SHOWN:
                found.append(each)
    write_rows(Finding._fields, found, form)
    for line in (*looked.told(), *_summary(counts)):
        print(line, file=sys.stderr)
    return not counts


def _summary(counts: Counter[str]) -> Iterator[str]:
    if not counts:
        yield "no identity number was found"
        return
    yield f"{counts.total()} findings in {len(counts)} places"
    yield from (f"  {count} in {place}" for place, count in counts.most_common(MOST_OF_A_PLACE))


def scan(
    settings: Settings, looker: Looker, paths: list[Path], folder: Path | None, looked: Looked
) -> Iterator[Finding]:
    """Every finding in topics, tables, the register's own data folder, and these paths."""
    kafka = settings.kafka("vaxreg-scan")
    with _counted(looked, "records of topics") as heard:
        yield from scan_topics(kafka, looker, heard)
    with _counted(looked, "rows of tables") as heard, psycopg.connect(settings.database_url, autocommit=True) as conn:
        yield from scan_tables(conn, looker, heard)
    with _counted(looked, "bytes of files") as heard:
        if folder is not None:
            topics = frozenset(topics_of(kafka))
            yield from scan_paths([folder], looker, heard, lambda path: _read_elsewhere(path, topics))
        yield from scan_paths(paths, looker, heard)


def _read_elsewhere(path: Path, topics: frozenset[str]) -> bool:
    """Whether a folder of Kafka's is a partition that the broker is asked for, or one of reports."""
    found = PARTITION.fullmatch(path.name) if path.parent.name == "data" and path.is_dir() else None
    return found is not None and (found[1] in topics or found[1].startswith(REPORTS))


def _own_folder() -> Path | None:
    given = os.environ.get("DATABASE_URL") and os.environ.get("KAFKA_BOOTSTRAP")
    folder = None if given and not os.environ.get("VAXREG_DATA") else data_folder()
    return folder if folder is not None and folder.exists() else None


def _known(settings: Settings) -> list[Identity]:
    """The identities on standard input, each as `vaxreg eligible` reads one; raises BrokenOption."""
    found: list[Identity] = []
    for number, line in enumerate(sys.stdin, 1):
        *root, value = line.replace(";", " ").split() or [""]
        if not value:
            continue
        read = parse_identity("".join(root) or PERSONAL_ROOT, value, today=day_in_sweden(settings.clock()))
        if isinstance(read, BrokenIdentity):
            raise BrokenOption(f"line {number} of standard input names no person: {', '.join(read.codes)}")
        found.append(read)
    return found


@contextmanager
def _counted(looked: Looked, kind: str) -> Iterator[Heard]:
    """Count what is looked at, and show it on a terminal."""
    console, started = Console(stderr=True), time.monotonic()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(kind)
        looked.counts[kind] = 0

        def heard(count: int) -> None:
            looked.counts[kind] += count
            looked.seconds[kind] = time.monotonic() - started
            bar.update(task, description=f"{looked.counts[kind]:,} {kind}".replace(",", " "))

        yield heard
