"""Commands that keep the register: senders, population figures, catching up, rebuilding, how it stands."""

from typing import Annotated

import typer

from connectors.cli.output import Format, FormatOption, write_rows

SenderName = Annotated[str, typer.Argument(help="a-z, 0-9 and dash")]
PasswordFrom = Annotated[
    str | None, typer.Option(metavar="FILE", help="take the password from this file, or - for standard input")
]
PasswordTo = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="write the password to this new file, mode 0600, instead of showing it"),
]


def add_to(app: typer.Typer) -> None:
    """The commands of this module."""
    sender = typer.Typer(help="Who may report.", no_args_is_help=True)
    sender.command("add")(sender_add)
    sender.command("list")(sender_list)
    sender.command("key")(sender_key)
    sender.command("shut-out")(sender_shut_out)
    sender.command("systems")(sender_systems)
    sender.command("system")(sender_system)
    app.add_typer(sender, name="sender")
    app.command("catch-up")(catch_up)
    for command in (population, rebuild, status):
        app.command()(command)


def sender_add(
    name: SenderName,
    system: Annotated[
        list[str] | None, typer.Option("--system", metavar="NAME", help="a system name that is this sender's alone")
    ] = None,
    password_from: PasswordFrom = None,
    password_to: PasswordTo = None,
) -> None:
    """Let a sender report: makes its two topics; and where Kafka asks who one is, its user, key and rights.

    The key is shown once. Nothing of a sender that is there already is changed.

    Example: vaxreg sender add umea --system "Journal Umeå"
    """
    from connectors.cli import sender_keys  # noqa: PLC0415
    from connectors.cli.readiness import make_ready  # noqa: PLC0415
    from connectors.cli.register import register  # noqa: PLC0415
    from register import senders  # noqa: PLC0415

    chosen = sender_keys.chosen(password_from, password_to)
    with register() as settings:
        make_ready(settings)
        added = senders.add(settings, name, own_systems=system or (), password=chosen)
        print(f"made {', '.join(added.topics)}" if added.topics else f"sender {name} was there already")
        if added.password:
            sender_keys.tell(settings, name, added.password, None if password_from else password_to or "-")


def sender_key(name: SenderName, password_from: PasswordFrom = None, password_to: PasswordTo = None) -> None:
    """Give a sender a new key; the old one opens nothing any more.

    A connection that is open with the old key ends within ten minutes.

    Example: vaxreg sender key umea --password-to umea.password
    """
    from connectors.cli import sender_keys  # noqa: PLC0415
    from connectors.cli.register import register  # noqa: PLC0415
    from register import senders  # noqa: PLC0415

    chosen = sender_keys.chosen(password_from, password_to)
    with register() as settings:
        given = senders.give_key(settings, name, chosen)
        sender_keys.tell(settings, name, given, None if password_from else password_to or "-")


def sender_shut_out(name: SenderName) -> None:
    """Take a sender's key and rights away, at once; what it reported stays.

    `vaxreg sender add` lets it in again, with a new key.

    Example: vaxreg sender shut-out umea
    """
    from connectors.cli.register import register  # noqa: PLC0415
    from register import senders  # noqa: PLC0415

    with register() as settings:
        senders.shut_out(settings, name)
    print(f"sender {name} can neither write nor read any more")


def sender_systems(form: FormatOption = Format.TABLE) -> None:
    """Show whose each system name is: nobody else may report under it.

    Example: vaxreg sender systems
    """
    from connectors.cli.register import register  # noqa: PLC0415
    from register import senders  # noqa: PLC0415

    with register() as settings:
        rows = [(each.sender, each.written, each.since) for each in senders.systems_of_all(settings)]
        write_rows(("sender", "system", "since"), rows, form)


def sender_system(
    system: Annotated[str, typer.Argument(metavar="NAME", help="the system name")],
    to: Annotated[str, typer.Option("--to", metavar="SENDER", help="who reports under it from now on")],
) -> None:
    """Give a system name to another sender, as when a region changes who carries its journal's reports.

    From then on that sender, and not the one before, corrects and withdraws what was reported under it.

    Example: vaxreg sender system "Journal Umeå" --to norr-it
    """
    from connectors.cli.register import register  # noqa: PLC0415
    from register import senders  # noqa: PLC0415

    with register() as settings:
        senders.give_system(settings, system, to)
    print(f"the system name is now {to}'s")


def sender_list(form: FormatOption = Format.TABLE) -> None:
    """Show every sender.

    Example: vaxreg sender list
    """
    from connectors.cli.register import register  # noqa: PLC0415
    from register import senders  # noqa: PLC0415

    with register() as settings:
        write_rows(("sender", "since"), [(each.name, each.created_at) for each in senders.known(settings)], form)


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
