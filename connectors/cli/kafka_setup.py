"""Commands that prepare a Kafka of one's own: certificates, and the register's own users with their rights."""

import os
from pathlib import Path
from typing import Annotated

import typer

Names = Annotated[list[str], typer.Argument(metavar="NAME", help="by which clients reach the broker")]
Internal = Annotated[str, typer.Option(metavar="HOST:PORT", help="the listener that the broker's certificate opens")]
Broker = Annotated[Path, typer.Option(metavar="FOLDER", help="of the broker's key and certificate, and ca.pem")]


def add_to(app: typer.Typer) -> None:
    """The commands of this module."""
    kafka = typer.Typer(help="Security of a Kafka of your own; the embedded one sees to its own.", no_args_is_help=True)
    kafka.command("certificates")(kafka_certificates)
    kafka.command("prepare")(kafka_prepare)
    app.add_typer(kafka, name="kafka")


def kafka_certificates(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME", help="a name or address by which clients reach the broker")
    ],
    authority: Annotated[Path, typer.Option(metavar="FOLDER", help="where the authority's key lies, or is made")],
    broker: Broker,
    public: Annotated[Path, typer.Option(metavar="FOLDER", help="for ca.pem alone, which everybody may read")],
) -> None:
    """Make the broker's certificate anew, signed by an authority of its own, which is made at first.

    Example: vaxreg kafka certificates kafka localhost --authority keys --broker broker --public public
    """
    from register.kafka_access import certificates  # noqa: PLC0415

    certificates.make(broker, names, authority)
    certificates.publish(authority, public)
    print(f"certificate for {', '.join(names)} in {broker / certificates.BROKER}")


def kafka_prepare(
    internal: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="the listener that the broker's certificate opens")
    ],
    broker: Broker,
) -> None:
    """Give the register's own users their passwords and rights, and make the topics of facts; again changes nothing.

    The passwords are those of VAXREG_KAFKA_ADMIN_PASSWORD, and so on for INTAKE, RELAY, PROJECT and DESK.

    Example: vaxreg kafka prepare --internal kafka:9095 --broker broker
    """
    from connectors.cli.readiness import make_ready  # noqa: PLC0415
    from connectors.cli.register import register  # noqa: PLC0415
    from register.kafka_access import own  # noqa: PLC0415
    from register.settings import passwords_of_own  # noqa: PLC0415

    passwords = passwords_of_own(os.environ)
    own.make(internal, broker, passwords)
    with register() as settings:
        make_ready(settings)
    print(f"users with their rights: {', '.join(passwords)}")
