"""Commands for senders: who may report, with which key, under which system names."""

from enum import StrEnum
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


class Restricted(StrEnum):
    """Kinds of report that only some senders may send; a test holds that the register knows the same."""

    POPULATION = "population"
    LINKS = "identity-link"


def add_to(app: typer.Typer) -> None:
    """The commands of this module."""
    sender = typer.Typer(help="Who may report.", no_args_is_help=True)
    sender.command("add")(sender_add)
    sender.command("list")(sender_list)
    sender.command("key")(sender_key)
    sender.command("may-not")(sender_may_not)
    sender.command("shut-out")(sender_shut_out)
    sender.command("systems")(sender_systems)
    sender.command("system")(sender_system)
    app.add_typer(sender, name="sender")


def sender_add(
    name: SenderName,
    system: Annotated[
        list[str] | None, typer.Option("--system", metavar="NAME", help="a system name that is this sender's alone")
    ] = None,
    may: Annotated[
        list[Restricted] | None,
        typer.Option("--may", help="what it may report that not everybody may; may be given several times"),
    ] = None,
    password_from: PasswordFrom = None,
    password_to: PasswordTo = None,
) -> None:
    """Let a sender report: makes its two topics; and where Kafka asks who one is, its user, key and rights.

    Every sender reports doses, deliveries and reserve numbers; changes in the population and links between identities
    only one that was let. The key is shown once. Nothing of a sender that is there already is taken away.

    Example: vaxreg sender add umea --system "Journal Umeå"
    Example: vaxreg sender add population --may population
    """
    from connectors.cli import sender_keys  # noqa: PLC0415
    from connectors.cli.readiness import make_ready  # noqa: PLC0415
    from connectors.cli.register import register  # noqa: PLC0415
    from register import senders  # noqa: PLC0415

    chosen = sender_keys.chosen(password_from, password_to)
    with register() as settings:
        make_ready(settings)
        let = [kind.value for kind in may or ()]
        added = senders.add(settings, name, own_systems=system or (), may=let, password=chosen)
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


def sender_may_not(
    name: SenderName, kinds: Annotated[list[Restricted], typer.Argument(help="what it may report no more")]
) -> None:
    """Take away what `vaxreg sender add --may` let a sender report; what it reported stays.

    Such reports are refused from now on, also those that wait on Kafka, until the sender is let again.

    Example: vaxreg sender may-not umea identity-link
    """
    from connectors.cli.register import register  # noqa: PLC0415
    from register import senders  # noqa: PLC0415

    with register() as settings:
        senders.may_not(settings, name, [kind.value for kind in kinds])
    print(f"sender {name} may report {' and '.join(kind.value for kind in kinds)} no more")


def sender_shut_out(name: SenderName) -> None:
    """Take a sender's key, its rights and what it was let report away, at once; what it reported stays.

    `vaxreg sender add` lets it in again, with a new key; what it may report must be said anew. Where Kafka asks nobody
    who one is, the sender can still write doses, deliveries and reserve numbers.

    Example: vaxreg sender shut-out umea
    """
    from connectors.cli.register import register  # noqa: PLC0415
    from register import senders  # noqa: PLC0415

    with register() as settings:
        can_write_no_more = senders.shut_out(settings, name)
    if can_write_no_more:
        print(f"sender {name} can neither write nor read any more")
    else:
        print(f"sender {name} may report neither population nor identity-link; Kafka is open, so it can write the rest")


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
        rows = [(each.name, each.created_at, list(each.may)) for each in senders.known(settings)]
        write_rows(("sender", "since", "may"), rows, form)
