"""Commands that ask the register: coverage, supply, uploads."""

from typing import Annotated

import typer

from connectors.cli.output import Format, FormatOption, write_rows

Day = Annotated[str | None, typer.Option(metavar="DATE", help="YYYY-MM-DD; today if left out")]
Area = Annotated[str, typer.Option(metavar="CODE", help="region 24, municipality 2480 or DeSO 2480C1010")]


def add_to(app: typer.Typer) -> None:
    """The commands of this module."""
    for command in (coverage, supply, uploads):
        app.command()(command)


def coverage(  # noqa: PLR0917
    level: Annotated[str, typer.Option(help="nation, region, municipality or deso")] = "nation",
    area: Area = "",
    by: Annotated[str, typer.Option(help="any of week,age,sex,dose,product,cause, with commas between")] = "",
    ages: Annotated[str, typer.Option(metavar="BANDS", help="age groups, e.g. 18-29,30-39,65-")] = "",
    at_least: Annotated[int, typer.Option(min=1, help="persons with at least so many doses")] = 1,
    given_to: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="whole ISO weeks are counted, up to the last that ended by this day; or today"
        ),
    ] = None,
    known_on: Day = None,
    known_since: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="by how much counts changed since this day; --by cause says why"),
    ] = None,
    age_at: Annotated[
        str | None, typer.Option(metavar="DATE", help="ages are those reached by the end of this day's year")
    ] = None,
    cumulative: Annotated[bool, typer.Option("--cumulative", help="with --by week: sums up to each week")] = False,
    disease: Annotated[str, typer.Option(help="disease code")] = "COVID19",
    without_zeros: Annotated[
        bool,
        typer.Option("--without-zeros", help="leave out rows of areas, ages and weeks in which nothing was counted"),
    ] = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """How many people are vaccinated, for doses given up to a day, as known on a day.

    What the numbers mean goes to standard error, so that standard output holds nothing but rows. Every area, age group
    and sex has a row, also with 0, unless --without-zeros is given. A count that fell is explained by --known-since
    and --by cause: the causes add up to the difference between the two days.

    Example: vaxreg coverage --level region --at-least 2 --given-to 2021-04-11 --known-on 2021-04-15

    Example: vaxreg coverage --area 24 --level region --by cause --known-since 2021-04-08 --known-on 2021-04-15
    """
    from connectors.cli.coverage_asked import ask_coverage  # noqa: PLC0415

    ask_coverage(
        form,
        level=level,
        area=area,
        by=by,
        ages=ages,
        at_least=at_least,
        given_to=given_to,
        known_on=known_on,
        age_at=age_at,
        cumulative=cumulative,
        disease=disease,
        known_since=known_since,
        without_zeros=without_zeros,
    )


def supply(
    known_on: Annotated[str | None, typer.Option(metavar="DATE", help="as known at the end of this day")] = None,
    region: Annotated[str | None, typer.Option(metavar="CODE", help="2-digit region code")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Doses dispatched and received by region, product and ISO week.

    Example: vaxreg supply --region 24 --known-on 2021-04-15 --format csv
    """
    from connectors.cli.failures import BrokenOption  # noqa: PLC0415
    from connectors.cli.reading import day, live_register  # noqa: PLC0415
    from projections.supply import SupplyRow  # noqa: PLC0415
    from projections.supply import supply as question  # noqa: PLC0415
    from register.words import region_codes  # noqa: PLC0415

    if region and region not in region_codes():
        raise BrokenOption(f"--region {region}: there is no such region")
    known = day("--known-on", known_on)
    with live_register() as conn:
        write_rows(SupplyRow._fields, question(conn, known_on=known, region=region), form)


def uploads(
    upload: Annotated[str | None, typer.Argument(help="an upload's id: shows its rows that have reasons")] = None,
    sender: Annotated[str | None, typer.Option(metavar="NAME", help="only this sender's")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Every uploaded file with its rows by outcome; with an upload's id, the reasons row by row.

    Example: vaxreg uploads --sender umea
    """
    from connectors.cli.failures import BrokenOption  # noqa: PLC0415
    from connectors.cli.reading import live_register  # noqa: PLC0415
    from projections import municipality_uploads as question  # noqa: PLC0415
    from register.codes import in_words  # noqa: PLC0415

    with live_register() as conn:
        every = question.uploads(conn, sender=sender)
        if upload is None:
            write_rows(question.Upload._fields, every, form)
            return
        if upload not in {each.upload for each in every}:
            raise BrokenOption(f"there is no upload {upload}; their ids are shown by: vaxreg uploads")
        rows = question.rows_of(conn, upload, sender=sender)
        told = [(*row, "; ".join(map(in_words, row.codes))) for row in rows]
        write_rows((*question.UploadRow._fields, "meaning"), told, form)
