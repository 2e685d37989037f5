"""What the demo prints: progress while it goes on, then how the register's answers compare and what was done."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date

import polars as pl
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from connectors.demo.comparison import Comparison
from connectors.demo.plan import HOME_REGION
from register.areas import region_names

# Of people with at least one dose, on 12 April 2021.
REGION_SAID = "Region Västerbotten itself wrote: 20 % of those from 18, 49 % of those from 65."
MOST_CELLS = 20  # unexplained cells that are printed; more of them are as wrong


class Telling:
    """A line for each step when it is done; on a terminal a bar while it goes on."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def say(self, text: str) -> None:
        """A line, as it is."""
        self._console.print(text, markup=False, soft_wrap=True)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Something that is not counted."""
        began = time.monotonic()
        with self._console.status(name):
            yield
        self.done(name, time.monotonic() - began)

    @contextmanager
    def counted(self, totals: Mapping[str, int]) -> Iterator["Counted"]:
        """Things that are counted, side by side."""
        bar = Progress(
            TextColumn("  {task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[day]}"),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        with bar:
            yield Counted(self, bar, totals)

    def done(self, name: str, seconds: float, count: int | None = None) -> None:
        """What a step came to."""
        many = "" if count is None else f"{number(count)} "
        rate = f", {number(round(count / seconds))} a second" if count and count >= 1000 and seconds > 0 else ""
        self.say(f"  {many}{name}: {seconds:.1f} s{rate}")

    def compared(self, comparison: Comparison) -> None:
        """How many cells of each sheet are equal, and a sentence for each reason why one is not."""
        table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
        table.add_column("sheet")
        for column in ("cells", "equal", "explained", "unexplained"):
            table.add_column(column, justify="right")
        for sheet, *counts in comparison.summary.iter_rows():
            table.add_row(sheet, *map(number, counts))
        sums = comparison.summary.select(pl.exclude("sheet").sum()).row(0)
        table.add_row("together", *map(number, sums), style="bold")
        self._console.print(table)
        for line in _sentences(comparison.cells):
            self.say(line)

    def headline(self, region: str, share: float | None) -> None:
        """A region's share, beside what the region itself wrote where that is known."""
        if share is None:
            return
        self.say(f"{region_names()[region]}: {100 * share:.1f} % of those from 18 have at least one dose.")
        if region == HOME_REGION:
            self.say(f"{REGION_SAID} The published age groups (60-69) cannot form the second.")


class Counted:
    """Bars of one block, each with its line when it is full."""

    def __init__(self, telling: Telling, bar: Progress, totals: Mapping[str, int]) -> None:
        self._telling, self._bar, self._totals = telling, bar, totals
        self._tasks: dict[str, TaskID] = {}
        self._done = dict.fromkeys(totals, 0)
        self._seconds = dict.fromkeys(totals, 0.0)
        self._last = time.monotonic()

    def more(self, name: str, day: date | None, count: int) -> None:
        """So many more; the time since the last call was theirs."""
        now = time.monotonic()
        self._seconds[name] += now - self._last
        self._last = now
        self._done[name] += count
        if name not in self._tasks:
            self._tasks[name] = self._bar.add_task(name, total=self._totals[name], rate="", day="")
        done, seconds = self._done[name], self._seconds[name]
        rate = f"{number(round(done / seconds))}/s" if seconds > 0.5 else ""
        self._bar.update(self._tasks[name], completed=done, rate=rate, day=day.isoformat() if day else "")
        if count and done >= self._totals[name]:
            self._bar.update(self._tasks[name], visible=False)
            self._telling.done(name, seconds, done)


def number(value: int) -> str:
    """1 519 246."""
    return f"{value:,}".replace(",", " ")


def _sentences(cells: pl.DataFrame) -> list[str]:
    """Why cells differ, which were not printed by the agency, and cells that nobody can explain."""
    differ = cells.filter(pl.col("difference") != 0)
    # The nation's cells differ by what the regions' do.
    reasons = differ.filter(pl.col("why").is_not_null(), pl.col("area") != "00")["why"].unique().sort()
    lines = []
    if not reasons.is_empty():
        lines += ["The agency's own sheets differ among themselves:", *(f"  {reason}." for reason in reasons)]
    solved = cells.filter(pl.col("difference") == 0, pl.col("why").is_not_null()).height
    if solved:
        lines.append(f"{number(solved)} of the equal cells the agency did not print (small counts): solved from sums.")
    unexplained = differ.filter(pl.col("why").is_null())
    for cell, published, register in unexplained.select("cell", "published", "register").head(MOST_CELLS).iter_rows():
        lines.append(f"  not explained: {cell}: published {number(published)}, register {number(register)}")
    if unexplained.height > MOST_CELLS:
        lines.append(f"  and {number(unexplained.height - MOST_CELLS)} more")
    return lines
