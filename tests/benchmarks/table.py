"""What was measured, as a table for people and as JSON for comparing runs."""

import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Measured:
    """One line. `rate` is per second, or milliseconds where `unit` says so; `raw` is the rate of the raw limit."""

    step: str
    name: str
    rate: float
    unit: str
    aim: float | None = None
    raw: float | None = None
    raw_is: str = ""
    peak_mb: float | None = None
    processor_us: tuple[float | None, ...] = ()  # for each: our own processes, PostgreSQL, Kafka
    load: float = 0.0  # of the machine, a minute's mean at the end: above its cores, others slowed this down
    note: str = ""

    @property
    def share(self) -> float | None:
        """Of the raw limit."""
        return self.rate / self.raw if self.raw else None

    @property
    def reached(self) -> bool | None:
        """Is it as fast as it should be?"""
        if self.aim is None:
            return None
        return self.rate < self.aim if self.unit == "ms" else self.rate >= self.aim


def machine() -> dict[str, Any]:
    """Where it was measured."""
    try:
        model = next(
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        )
    except (FileNotFoundError, StopIteration):
        model = platform.processor() or platform.machine()
    return {
        "cores": os.cpu_count(),
        "processor": model,
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 1),
    }


def show(measured: list[Measured], on: dict[str, Any]) -> None:
    """To the terminal."""
    console = Console(width=None if Console().is_terminal else 170)
    table = Table(title="How fast the register is on this machine")
    for heading in ("step", "what"):
        table.add_column(heading)
    for heading in ("rate", "of raw limit", "raw limit", "peak MB", "processor, µs each", "load", "aim"):
        table.add_column(heading, justify="right")
    table.add_column("reached")
    for each in measured:
        table.add_row(
            each.step,
            each.name,
            f"{each.rate:,.0f} {each.unit}",
            "" if each.share is None else f"{each.share:.0%}",
            "" if each.raw is None else f"{each.raw:,.0f} {each.raw_is}",
            "" if each.peak_mb is None else f"{each.peak_mb:,.0f}",
            " + ".join("?" if part is None else f"{part:,.1f}" for part in each.processor_us),
            f"{each.load:.1f}",
            "" if each.aim is None else f"{'<' if each.unit == 'ms' else '≥'} {each.aim:,.0f}",
            {None: "", True: "yes", False: "no"}[each.reached],
        )
    console.print(table)
    for each in measured:
        if each.note:
            console.print(f"{each.step}: {each.note}", highlight=False)
    console.print(
        f"{on['cores']} cores, {on['processor']}, {on['memory_gb']} GB, {on['system']}, Python {on['python']}; "
        f"load before: {on['load_before']}. Peak MB is our own processes'; processor: our own + PostgreSQL + Kafka.",
        highlight=False,
    )


def write(file: Path, measured: list[Measured], on: dict[str, Any]) -> None:
    """The same as JSON."""
    lines = [{**asdict(each), "share": each.share, "reached": each.reached} for each in measured]
    file.write_text(json.dumps({"machine": on, "measured": lines}, indent=1, ensure_ascii=False) + "\n")
