"""All commands, put together: heavy imports stay inside them, so that help is quick."""

import typer

from connectors.cli import access, asking, eligibility, ids, keeping, person, privacy, sending, services

app = typer.Typer(
    name="vaxreg",
    help="An event-sourced national vaccination register. `vaxreg up` starts it; every command has --help.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for group in (sending, keeping, asking, eligibility, person, access, privacy, ids, services):
    group.add_to(app)
