"""Commands that run the register: each service on its own, or all of it with `vaxreg up`."""

from collections.abc import Callable
from threading import Event
from typing import Annotated, Any

import typer

Host = Annotated[str, typer.Option(help="address to listen on")]
Port = Annotated[int, typer.Option(help="port to listen on")]
FreePort = Annotated[int | None, typer.Option(help="port of the web page; 8000 or a free one if left out")]


def add_to(app: typer.Typer) -> None:
    """The commands of this module."""
    for command in (intake, relay, project, web, up, demo):
        app.command()(command)


def intake() -> None:
    """Decide reports from Kafka and write what is true.

    Runs until it is stopped; several may run at a time.

    Example: vaxreg intake
    """
    from register.intake import run_intake  # noqa: PLC0415

    _run(run_intake)


def relay() -> None:
    """Publish facts and receipts to Kafka.

    Runs until it is stopped; a second one waits as a stand-by.

    Example: vaxreg relay
    """
    from register.relay import run_relay  # noqa: PLC0415

    _run(run_relay)


def project() -> None:
    """Keep the tables that questions are answered from in step with the facts.

    Runs until it is stopped; several may run at a time.

    Example: vaxreg project
    """
    from connectors.cli.questions import every_projection  # noqa: PLC0415
    from projections.runner import run  # noqa: PLC0415

    _run(
        lambda settings, stop: run(
            settings.database_url, settings.kafka("vaxreg-project"), every_projection(), stop=stop.is_set
        )
    )


def web(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Serve the dashboard and the API.

    Example: vaxreg web --port 8080
    """
    import uvicorn  # noqa: PLC0415

    from connectors.children import stop_with_input  # noqa: PLC0415
    from connectors.cli.register import register  # noqa: PLC0415
    from connectors.outgoing.web import app  # noqa: PLC0415

    with register() as settings:
        server = uvicorn.Server(uvicorn.Config(app(settings), host=host, port=port, log_level="warning"))
        stop = _Stops(server)
        stop_with_input(stop)
        server.run()


def up(host: Host = "127.0.0.1", port: FreePort = None) -> None:
    """Start everything: broker, database, intake, relay, projections and the web page. Ctrl-C stops all of it.

    A service that dies is started again. A second `vaxreg up` on the same data only says where the first is.

    Example: vaxreg up --port 8080
    """
    from connectors.up import up as run_everything  # noqa: PLC0415

    raise typer.Exit(run_everything(host, port))


def demo(
    everything: Annotated[bool, typer.Option("--all", help="the nation instead of one region")] = False,
    leave: Annotated[bool, typer.Option("--exit", help="end when it is done instead of going on running")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="go on with the data of an earlier demo")] = False,
    port: FreePort = None,
) -> None:
    """Play made-up people through the register day by day, and compare its answers with the published figures.

    Brings its own servers and data folder. Exit code 1 if a figure differs and nothing explains it.

    Example: vaxreg demo --exit
    """
    from connectors.demo.plan import HOME_REGION  # noqa: PLC0415
    from connectors.demo.run import run  # noqa: PLC0415

    regions = None if everything else (HOME_REGION,)
    raise typer.Exit(run(regions, stay=not leave, keep=keep, port=port))


class _Stops(Event):
    """Setting it lets a web server finish."""

    def __init__(self, server: Any) -> None:
        super().__init__()
        self._server = server

    def set(self) -> None:
        super().set()
        self._server.should_exit = True


def _run(service: Callable[[Any, Event], None]) -> None:
    from connectors import logs  # noqa: PLC0415
    from connectors.children import stop_with_input  # noqa: PLC0415
    from connectors.cli.readiness import make_ready, stopped_by_signals  # noqa: PLC0415
    from connectors.cli.register import register  # noqa: PLC0415

    logs.begin()
    stop = stopped_by_signals()
    stop_with_input(stop)
    with register() as settings:
        make_ready(settings)
        service(settings, stop)
