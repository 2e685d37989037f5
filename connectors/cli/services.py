"""Commands that run the register: each service on its own, or all of it with `vaxreg up`."""

import logging
import os
from collections.abc import Callable
from threading import Event
from typing import Annotated, Any

import typer

Host = Annotated[str, typer.Option(help="address to listen on")]
Port = Annotated[int, typer.Option(help="port to listen on")]


def add_to(app: typer.Typer) -> None:
    """The commands of this module."""
    for command in (intake, relay, project, web, up):
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

    from connectors.cli.register import register  # noqa: PLC0415
    from connectors.outgoing.web import app  # noqa: PLC0415
    from connectors.services import stop_with_input  # noqa: PLC0415

    with register() as settings:
        server = uvicorn.Server(uvicorn.Config(app(settings), host=host, port=port, log_level="warning"))
        stop = _Stops(server)
        stop_with_input(stop)
        server.run()


def up(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Start everything: broker, database, intake, relay, projections and the web page. Ctrl-C stops all of it.

    Example: vaxreg up --port 8080
    """
    from connectors.cli.together import run_together  # noqa: PLC0415

    run_together(host, port)


class _Stops(Event):
    """Setting it lets a web server finish."""

    def __init__(self, server: Any) -> None:
        super().__init__()
        self._server = server

    def set(self) -> None:
        super().set()
        self._server.should_exit = True


def _run(service: Callable[[Any, Event], None]) -> None:
    from connectors.cli.register import register  # noqa: PLC0415
    from connectors.cli.together import make_ready, stopped_by_signals  # noqa: PLC0415
    from connectors.services import stop_with_input  # noqa: PLC0415

    logging.basicConfig(
        level=os.environ.get("VAXREG_LOG", "WARNING"), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("kafka").setLevel(logging.ERROR)
    stop = stopped_by_signals()
    stop_with_input(stop)
    with register() as settings:
        make_ready(settings)
        service(settings, stop)
