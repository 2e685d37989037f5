"""Commands about the log of accesses: does it still stand, who read about a person, and its review."""

from typing import Annotated

import typer

from connectors.cli.asker import PurposeOption, RoleOption, UnitOption, WhoOption
from connectors.cli.output import Format, FormatOption

Since = Annotated[str, typer.Option(metavar="DATE", help="only from this day on, YYYY-MM-DD")]


def add_to(app: typer.Typer) -> None:
    """The commands of this module."""
    access = typer.Typer(
        help="Who has read whose record: the log, whether it still stands, and its review.\n\n"
        "Example: vaxreg access verify",
        no_args_is_help=True,
    )
    for command in (roles, verify, report, sample, reviewed, samples, alarms):
        access.command()(command)
    app.add_typer(access, name="access")


def roles(form: FormatOption = Format.TABLE) -> None:
    """Who may ask what for which purpose: the whole table. What does not stand in it is denied.

    Example: vaxreg access roles
    """
    from connectors.cli.output import write_rows  # noqa: PLC0415
    from register.access.roles import Allowed, actions, table  # noqa: PLC0415

    rows = [(*row, actions()[row.action].en) for row in table().values()]
    write_rows((*Allowed._fields, "meaning"), rows, form)


def verify(
    head: Annotated[
        list[str] | None,
        typer.Option(metavar="NUMBER:HASH", help="a head that was noted down earlier; may be given several times"),
    ] = None,
) -> None:
    """Go along the whole log of accesses, say where it was tampered with, and print its head.

    Note the head down where nobody who can write to the database reaches it: only a head that was noted down shows
    that the end of the log is missing, or that all of it was written anew. Exit code 1 if the log does not hold.

    Example: vaxreg access verify --head "$(cat noted.txt)"
    """
    from connectors.cli.access_asked import verify_log  # noqa: PLC0415

    if not verify_log(head or []):
        raise typer.Exit(1)


def report(
    role: RoleOption,
    purpose: PurposeOption = "",
    who: WhoOption = "",
    unit: UnitOption = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Who has read one person's record, in which role, for which purpose and when, by any of the person's identities.

    The identity stands on standard input, as `vaxreg eligible` reads it. This question is recorded, too.

    Example: vaxreg access report --role registrar < identity.txt
    """
    from connectors.cli.access_asked import report_accesses  # noqa: PLC0415

    report_accesses(form, role, purpose, who, unit)


def sample(  # noqa: PLR0917
    count: Annotated[int, typer.Argument(min=1, metavar="N", help="how many accesses")],
    role: RoleOption,
    of_role: Annotated[str, typer.Option(help="only accesses in this role")] = "",
    since: Since = "",
    seed: Annotated[str, typer.Option(help="draw the same again; at random if left out")] = "",
    purpose: PurposeOption = "",
    who: WhoOption = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Draw a random sample of accesses for review.

    What is drawn is recorded before it is shown, so that nobody can draw until he likes it.

    Example: vaxreg access sample 20 --role reviewer --since 2026-01-01
    """
    from connectors.cli.access_asked import draw_sample  # noqa: PLC0415

    draw_sample(form, count, role, purpose, who, of_role=of_role, since=since, seed=seed)


def reviewed(
    number: Annotated[int, typer.Argument(metavar="SAMPLE", help="the sample's number")],
    role: RoleOption,
    finding: Annotated[str, typer.Option(help="what was found, in your words; no identity numbers")],
    purpose: PurposeOption = "",
    who: WhoOption = "",
) -> None:
    """Record that a sample of accesses was gone through, by whom and what was found.

    Nobody reviews readings of their own. A second review stands beside the first.

    Example: vaxreg access reviewed 17 --role reviewer --finding "all in order"
    """
    from connectors.cli.access_asked import record_review  # noqa: PLC0415

    record_review(number, finding, role, purpose, who)


def samples(role: RoleOption, purpose: PurposeOption = "", form: FormatOption = Format.TABLE) -> None:
    """Every sample that was drawn, by whom, and what each review of it found; nothing there: it waits.

    Example: vaxreg access samples --role reviewer
    """
    from connectors.cli.access_asked import list_samples  # noqa: PLC0415

    list_samples(form, role, purpose)


def alarms(role: RoleOption, since: Since = "", purpose: PurposeOption = "", form: FormatOption = Format.TABLE) -> None:
    """Every reading of a record whose person had a protected identity.

    Example: vaxreg access alarms --role protection-officer --since 2026-01-01
    """
    from connectors.cli.access_asked import list_alarms  # noqa: PLC0415

    list_alarms(form, role, purpose, since)
