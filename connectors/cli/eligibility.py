"""The command that asks about one person, who did ask being written down."""

from typing import Annotated

import typer

from connectors.cli.asker import PurposeOption, RoleOption, UnitOption, WhoOption


def add_to(app: typer.Typer) -> None:
    """The commands of this module."""
    app.command()(eligible)


def eligible(
    on: Annotated[str, typer.Option(metavar="DATE", help="day of the question, YYYY-MM-DD")],
    role: RoleOption,
    purpose: PurposeOption = "",
    who: WhoOption = "",
    unit: UnitOption = "",
) -> None:
    """Whether one person may have a vaccination certificate on a day: yes or no, and why.

    The identity stands on standard input, so that it is in no list of processes and no history of commands: a
    personal identity or coordination number alone, or the OID of its series and a reserve number with a space or a
    semicolon between, such as `2.25.4711 R-0017`. The question itself is recorded: who, in which role, for
    which purpose, when and about whom.

    Example: vaxreg eligible --on 2021-07-01 --role certificate-issuer < identity.txt
    """
    from connectors.cli.eligibility_asked import ask_eligibility  # noqa: PLC0415

    ask_eligibility(on, role, purpose, who, unit)
