"""Who asks on the command line: the operating system's user, in a role and for a purpose that are said each time."""

from typing import Annotated

import typer

RoleOption = Annotated[str, typer.Option(envvar="VAXREG_ROLE", help="in which role you ask; denied to others")]
PurposeOption = Annotated[
    str,
    typer.Option(
        envvar="VAXREG_PURPOSE", help="for which purpose; may be left out where the role has only one for this"
    ),
]
WhoOption = Annotated[str, typer.Option(help="on whose behalf you ask; recorded beside your user name")]
UnitOption = Annotated[str, typer.Option(envvar="VAXREG_UNIT", help="HSA-id of the unit at which you ask")]
