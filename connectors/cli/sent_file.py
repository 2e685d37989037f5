"""A file on its way to the register, and its answers on standard output as they come."""

import json
import secrets
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import BinaryIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from connectors.channel import Answer, Channel, Upload
from connectors.cli.files import name_of, opened, size_of
from connectors.cli.register import register
from connectors.incoming.rows import BrokenRow, Report, Table
from connectors.sending import intake_runs, send, send_and_wait
from register.codes import in_words

NOT_UNDERSTOOD = ("refused", "quarantined")
NO_INTAKE_AFTER = 5.0  # seconds without a first receipt until it is said that nobody may be listening
NO_INTAKE = (
    "no intake runs. The rows are safe in Kafka. Start one with: vaxreg up (in another window),"
    " or interrupt and run: vaxreg catch-up."
)
OTHERS_FIRST = "an intake runs, and reports sent before these come first."
NOT_TOLD = "the rows are safe in Kafka. Reports sent before these come first, or no intake runs."
STILL_WAITING = "Still waiting; with --no-wait or --timeout SECONDS it would not."
_MOST_SAID = 20  # reasons told in words; all of them are in the answers


def send_file(
    reports: Callable[[Iterable[str]], Table[Report | BrokenRow]],
    path: str,
    sender: str,
    *,
    wait: bool,
    timeout: float | None,
) -> bool:
    """Send a file; True if every row was understood (with `wait`: taken by the register)."""
    console = Console(stderr=True)
    with opened(path) as (lines, file):
        table = reports(lines)
        if table.unknown_columns:
            console.print(f"warning: unknown columns are not read: {', '.join(table.unknown_columns)}", markup=False)
        upload = Upload(secrets.token_hex(8), name_of(path))
        with register() as settings, Channel(settings, sender, upload, wait=wait) as channel, _bar(console) as bar:
            told = _Told(console, bar, file, size_of(path), partial(intake_runs, settings))
            if wait:
                answers = send_and_wait(table.rows, channel, timeout=timeout, progress=told.waiting)
            else:
                answers = send(table.rows, channel, progress=told.sent)
            for answer in answers:
                told.answer(answer)
    told.summary(wait)
    return not any(told.outcomes[outcome] for outcome in NOT_UNDERSTOOD)


def _bar(console: Console) -> Progress:
    columns = (SpinnerColumn(), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


class _Told:
    """What the user sees: answers on standard output; progress, reasons and sums on standard error."""

    def __init__(
        self, console: Console, bar: Progress, file: BinaryIO, size: int | None, intake_runs: Callable[[], bool | None]
    ) -> None:
        self.outcomes, self._codes = Counter[str](), Counter[str]()
        self._console, self._bar, self._file, self._intake_runs = console, bar, file, intake_runs
        self._task = bar.add_task("reading", total=size)
        self._size, self._rows, self._reasons, self._warned = size, 0, 0, False

    def answer(self, answer: Answer) -> None:
        """One line of JSON; a row that could not become a report is also told in words."""
        line = {"row": answer.row, "outcome": answer.outcome, "codes": answer.codes} | {
            "receipt": answer.receipt,
            "dose": answer.dose,
        }
        sys.stdout.write(json.dumps(line | ({"field": answer.field} if answer.field else {})) + "\n")
        self.outcomes[answer.outcome] += 1
        self._codes.update(answer.codes)
        if answer.outcome in NOT_UNDERSTOOD:
            self._reasons += 1
            if self._reasons <= _MOST_SAID:
                self._print(_reason(answer))
            elif self._reasons == _MOST_SAID + 1:
                self._print("... further reasons are in the answers")

    def waiting(self, sent: int, silence: float) -> None:
        """Rows handed over so far, and how long no receipt has come."""
        self.sent(sent)
        if silence > NO_INTAKE_AFTER and not self._warned and not self.outcomes.total():
            self._warned = True
            why = {True: OTHERS_FIRST, False: NO_INTAKE, None: NOT_TOLD}[self._intake_runs()]
            self._print(f"no receipt for {NO_INTAKE_AFTER:g} s: {why} {STILL_WAITING}")

    def sent(self, sent: int) -> None:
        """Rows handed over so far."""
        self._rows = max(self._rows, sent)
        if self._bar.disable:
            return
        text = f"{sent:,} rows sent, {self.outcomes.total():,} answered".replace(",", " ")
        read = None if self._size is None else self._file.tell()
        self._bar.update(self._task, completed=read or 0, description=text)

    def summary(self, waited: bool) -> None:
        """How many rows had which outcome."""
        sys.stdout.flush()
        counted = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self.outcomes.items()))
        if waited:
            self._print(f"{_rows(self.outcomes.total())}: {counted or 'none'}")
        else:
            self._print(f"in Kafka: {_rows(self._rows)}{'; ' + counted if counted else ''}")

        for code, rows in sorted(self._codes.items()):
            self._print(f"  {_rows(rows)} with {in_words(code)}")

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _reason(answer: Answer) -> str:
    return f"row {answer.row}: {answer.outcome}: {'; '.join(map(in_words, answer.codes))}"
