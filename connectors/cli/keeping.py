"""Commands that keep the register: senders, population figures, catching up, rebuilding, how it stands."""

from typing import Annotated

import typer

from connectors.cli import kafka_setup, senders
from connectors.cli.output import Format, FormatOption, write_rows


def add_to(app: typer.Typer) -> None:
    """The commands of this module."""
    senders.add_to(app)
    kafka_setup.add_to(app)
    app.command("catch-up")(catch_up)
    for command in (population, rebuild, status):
        app.command()(command)


def population(
    file: Annotated[str, typer.Argument(metavar="FILE", help="the file, or - for standard input")],
    replace: Annotated[bool, typer.Option("--replace", help="also where areas held of its vintages are lost")] = False,
) -> None:
    """Load population figures, which shares are reckoned against.

    Columns: vintage; municipality; deso; birthYear (or an age group, 18-29 or 90-); sex; count.
    A vintage that was loaded before is replaced; one with more areas than the file has only with --replace.
    A file with a broken row is not loaded at all, because half a population would give wrong shares.

    Example: vaxreg population population_2021.csv
    """
    from connectors.cli.population_file import load_population  # noqa: PLC0415

    if not load_population(file, replace=replace):
        raise typer.Exit(1)


def catch_up(form: FormatOption = Format.TABLE) -> None:
    """Bring every report sent so far into every projection, then print the positions.

    Runs intake, relay and projections for as long as it takes; where they run already, it waits for them. With
    VAXREG_CLOCK set, and nothing running, a past day is replayed.

    Example: VAXREG_CLOCK=2021-03-01 vaxreg catch-up
    """
    from connectors.cli.catching_up import bring_up_to_date  # noqa: PLC0415

    write_rows(("topic", "partition", "next_offset"), bring_up_to_date(), form)


def rebuild(
    force: Annotated[bool, typer.Option("--force", help="use the new tables even where they differ")] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Build every projection anew from the log and compare it with the live one.

    Prints rows and a hash for each table. If all are equal the new tables are the ones asked from then on; if not,
    the live ones stay and the exit code is 1.

    Example: vaxreg rebuild
    """
    from connectors.cli.rebuilding import rebuild_all  # noqa: PLC0415

    if not rebuild_all(form, force):
        raise typer.Exit(1)


def status(form: FormatOption = Format.TABLE) -> None:
    """Show how the register stands: lag, positions, refusals.

    Example: vaxreg status --format json
    """
    from connectors.cli.standing import standing  # noqa: PLC0415

    write_rows(("what", "of", "count"), standing(), form)
