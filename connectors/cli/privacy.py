"""Commands that erase a person by order of law, and that look for identity numbers where none may be."""

from typing import Annotated

import typer

from connectors.cli.asker import PurposeOption, RoleOption, UnitOption, WhoOption
from connectors.cli.output import Format, FormatOption


def add_to(app: typer.Typer) -> None:
    """The commands of this module."""
    privacy = typer.Typer(
        help="Erasure by order of law, and the search for identity numbers outside reports and the vault.\n\n"
        "Example: vaxreg privacy scan",
        no_args_is_help=True,
    )
    for command in (erase, reapply, scan):
        privacy.command()(command)
    app.add_typer(privacy, name="privacy")


def erase(  # noqa: PLR0917
    order: Annotated[str, typer.Option(metavar="REF", help="reference of the order; kept for ever")],
    role: RoleOption,
    purpose: PurposeOption = "",
    who: WhoOption = "",
    unit: UnitOption = "",
    yes: Annotated[bool, typer.Option("--yes", help="do not ask on the terminal")] = False,
) -> None:
    """Erase one person by order of law, with all identities of theirs: nothing leads to their facts any more.

    The identity stands on standard input, as `vaxreg eligible` reads it. Every total stays. Reports on Kafka that
    hold one of the person's numbers are deleted if they have been decided; if some have not, this says so, ends with
    exit code 1, and is to be run again. Broken off, it goes on where it was. Asks on the terminal first; without one
    it needs --yes. Exit code 1 also where nobody is known by the identity: then only what was sent is deleted.

    Example: vaxreg privacy erase --order "IMY 2026-1234" --role register-administrator --yes < identity.txt
    """
    from connectors.privacy.erasing import erase_person  # noqa: PLC0415

    if not erase_person(order, role, purpose, who, unit, confirmed=yes):
        raise typer.Exit(1)


def reapply(
    from_log: Annotated[
        bool, typer.Option("--from-log", help="also whom Kafka's facts name: after the event store was restored")
    ] = False,
) -> None:
    """Erase again whoever a restored backup brought back, and go on with erasures that reports held up.

    Run it after every restoring of the database or the vault, before anything else: intake does the first half itself
    when it starts. Exit code 1 while reports that are not decided yet hold a number of somebody who was erased.

    Example: vaxreg privacy reapply --from-log
    """
    from connectors.privacy.erasing import reapply as erase_again  # noqa: PLC0415

    if not erase_again(from_log=from_log):
        raise typer.Exit(1)


def scan(
    paths: Annotated[list[str] | None, typer.Argument(metavar="[PATH]...", help="log files, exports, folders")] = None,
    known: Annotated[
        bool, typer.Option("--known", help="also look for the identities on standard input, one a line")
    ] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Look for Swedish identity numbers everywhere but in the senders' reports and in the vault.

    Goes through every topic but reports.*, every table but the vault's, the data folder, and the paths given. Says
    where one stands and never which. With --known also other identities, as reserve numbers are. Exit code 1 if
    anything was found, or could not be looked into.

    Example: vaxreg privacy scan /var/log/vaxreg export.parquet
    """
    from connectors.privacy.scanning import scan_everything  # noqa: PLC0415

    if not scan_everything(paths or [], form, known=known):
        raise typer.Exit(1)
