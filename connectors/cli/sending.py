"""Commands that send a file to the register: doses, reserve numbers, changes in the population, deliveries."""

import os
from inspect import cleandoc
from typing import Annotated, Any

import typer

File = Annotated[str, typer.Argument(metavar="FILE", help="the file, or - for standard input")]
SenderName = Annotated[
    str,
    typer.Option("--sender", metavar="NAME", envvar="VAXREG_SENDER", help="who sends it; made by vaxreg sender add"),
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="return when Kafka has the rows, without their receipts")]
Timeout = Annotated[
    float | None, typer.Option(metavar="SECONDS", help="give up after so many seconds without a receipt")
]

ANSWER = """Answer: one JSON line per row, in order: row, outcome, codes, receipt, dose. A row that cannot become a
report is answered as refused with the field at fault. Exit code 1 if any row was refused or quarantined."""


def add_to(app: typer.Typer) -> None:
    """The commands of this module."""
    for command in (submit, identities, links, persons, deliveries):
        app.command(help=f"{cleandoc(command.__doc__ or '')}\n\n{ANSWER}")(command)


def submit(file: File, sender: SenderName = "local", no_wait: NoWait = False, timeout: Timeout = None) -> None:
    """Send vaccinations in the agency's CSV.

    Columns: systemName; dateTimeCreated; uniqueReference; patientId; patientIdType; NPLId; vaccinationDate; and as far
    as they are known patientIdRoot; vaccineName; batchNumber; doseNumber; disease; careProvider; careUnit;
    careUnitMunicipality; setting; campaign; nullified; nullifiedReason.

    Example: vaxreg submit doses.csv --sender umea
    """
    from connectors.incoming import agency_csv  # noqa: PLC0415

    _send(agency_csv.reports, file, sender, no_wait, timeout)


def identities(file: File, sender: SenderName = "local", no_wait: NoWait = False, timeout: Timeout = None) -> None:
    """Send reserve numbers that a region has issued.

    Columns: systemName; dateTimeCreated; uniqueReference; patientIdRoot; patientId; region; and as far as they are
    known birthDate; birthYear; sex; evidence; registeredBy; date; nullified; nullifiedReason.

    Example: vaxreg identities reserve_numbers.csv --sender region-24
    """
    from connectors.incoming import reserve_numbers_csv  # noqa: PLC0415

    _send(reserve_numbers_csv.reports, file, sender, no_wait, timeout)


def links(file: File, sender: SenderName = "local", no_wait: NoWait = False, timeout: Timeout = None) -> None:
    """Send what was found out of two identities: that they are one person (linked), or not (unlinked, different).

    Columns: systemName; dateTimeCreated; event; patientIdType; patientId (the identity kept); absorbedIdType;
    absorbedId; and as far as they are known uniqueReference; patientIdRoot; absorbedIdRoot; reason; evidence;
    decidedBy. The reason of a link is same-person (also if empty), coordination-to-personal, new-number or sex-change
    (two personal numbers: one of the last two); a link needs evidence and who decided it. Types are 0 personal,
    1 coordination and 2 reserve number.

    Example: vaxreg links links.csv --sender region-24
    """
    from connectors.incoming import links_csv  # noqa: PLC0415

    _send(links_csv.reports, file, sender, no_wait, timeout)


def persons(file: File, sender: SenderName = "local", no_wait: NoWait = False, timeout: Timeout = None) -> None:
    """Send changes in the population register: registered, moved, died, protected.

    Columns: patientIdType; patientId; event; date; and as far as they are known patientIdRoot; birthDate; birthYear;
    sex; municipality; deso; protection. The municipality has 4 digits, 2 where only the region is known, or is empty.

    Grades of protection, from their day on: confidentiality-marking (SM), protected-registration (SF), assumed-identity
    (FP: also parted from all other identities, for ever). A protection ends only with the event protected and the word
    none. An empty cell says nothing of it, and with the event protected it is refused. An unknown grade protects and is
    flagged.

    Example: vaxreg persons changes.csv --sender population
    """
    from connectors.incoming import population_feed_csv  # noqa: PLC0415
    from register.clock import clock_from  # noqa: PLC0415

    sent_at = clock_from(os.environ)()
    _send(lambda lines: population_feed_csv.reports(lines, sent_at), file, sender, no_wait, timeout)


def deliveries(file: File, sender: SenderName = "local", no_wait: NoWait = False, timeout: Timeout = None) -> None:
    """Send deliveries of vaccine: doses dispatched or received.

    Columns: systemName; dateTimeCreated; uniqueReference; event; date; region; product; doses; and as far as they are
    known unit; batch; bestBefore; nullified; nullifiedReason. The agency's table of spring 2021 is taken too.

    Example: vaxreg deliveries deliveries.csv --sender distributor
    """
    from connectors.incoming import deliveries_table  # noqa: PLC0415

    _send(deliveries_table.reports, file, sender, no_wait, timeout)


def _send(reports: Any, file: str, sender: str, no_wait: bool, timeout: float | None) -> None:
    from connectors.cli.sent_file import send_file  # noqa: PLC0415

    if not send_file(reports, file, sender, wait=not no_wait, timeout=timeout):
        raise typer.Exit(1)
