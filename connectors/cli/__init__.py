"""The command line `vaxreg`: one module per group of commands, each thin; `vaxreg COMMAND --help` has examples."""

import sys
from collections.abc import Sequence

from connectors.cli.failures import shown


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; the exit code is 0 only if all of it was done."""
    from connectors.cli.app import app  # noqa: PLC0415

    with shown():
        app(args=list(arguments) if arguments is not None else None, prog_name="vaxreg")
    sys.exit(0)
