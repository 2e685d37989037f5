"""The commands about one person and about pairs of identities: the extract, and who may be one person."""

from enum import StrEnum
from typing import Annotated

import typer

from connectors.cli.asker import PurposeOption, RoleOption, UnitOption, WhoOption
from connectors.cli.output import Format, FormatOption


class Form(StrEnum):
    """How an extract is written."""

    JSON = "json"
    HTML = "html"


class Language(StrEnum):
    """The language of a page."""

    SV = "sv"
    EN = "en"


def add_to(app: typer.Typer) -> None:
    """The commands of this module."""
    app.command()(extract)
    app.command()(candidates)


def extract(  # noqa: PLR0917
    role: RoleOption,
    form: Annotated[Form, typer.Option("--format", help="json, or a page to read and print")] = Form.JSON,
    language: Annotated[Language, typer.Option("--lang", help="of the page")] = Language.SV,
    purpose: PurposeOption = "",
    who: WhoOption = "",
    unit: UnitOption = "",
) -> None:
    """Everything that the register holds about one person: sources, changes with the old values, and who has read.

    The identity stands on standard input, as `vaxreg eligible` reads it. The reading is recorded before anything is
    told.

    Example: vaxreg extract --role registrar --format html --lang sv < identity.txt > extract.html
    """
    from connectors.cli.person_asked import print_extract  # noqa: PLC0415

    print_extract(role, purpose, who, unit, page=form == Form.HTML, language=language.value)


def candidates(  # noqa: PLR0917
    role: RoleOption,
    limit: Annotated[int, typer.Option(min=1, max=500, help="about so many pairs")] = 50,
    after: Annotated[str, typer.Option(help="where the page before ended, as it said on standard error")] = "",
    purpose: PurposeOption = "",
    who: WhoOption = "",
    unit: UnitOption = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Pairs of identities that may be one person: the same birth date, sex, product, batch and day of a dose.

    Nothing links them but somebody who looks: `vaxreg links`, or the desk. Each person shown is recorded as read. The
    last day comes first; how much has been looked through, and how to go on, is said on standard error. Where only the
    birth year is known of one, two doses must be shared.

    Example: vaxreg candidates --role registrar --limit 20
    """
    from connectors.cli.person_asked import print_candidates  # noqa: PLC0415

    print_candidates(form, role, purpose, who, unit, limit, after)
