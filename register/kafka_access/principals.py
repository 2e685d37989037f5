"""Who speaks to Kafka: the register's own services, and every sender, each under a name of its own."""

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

ADMIN = "admin"  # makes topics, users and rights; the broker lets it do everything
SERVICES = ("intake", "relay", "project", "desk")
OWN = (ADMIN, *SERVICES)
# A sender's name has no dot, so that none can be that of a service and no sender's name begins another's groups.
OF_SENDER = "sender."


class NoPrincipal(Exception):
    """A Kafka client of this program that `clients.csv` does not know, or one of a sender that is not told which."""


def of_sender(name: str) -> str:
    """The user under which a sender writes its reports and reads its receipts."""
    return OF_SENDER + name


def groups_of(name: str) -> str:
    """What the names of a sender's consumer groups begin with."""
    return f"{of_sender(name)}."


def principal_of(client_id: str, sender: str | None) -> str:
    """Who a client speaks as; raises NoPrincipal. To add a client, add a row to `clients.csv`."""
    principal = _clients().get(client_id)
    if principal == "sender":
        principal = of_sender(sender) if sender else None
    if principal is None:
        raise NoPrincipal(f"the Kafka client {client_id} speaks for nobody")
    return principal


@cache
def _clients() -> dict[str, str]:
    return {row["client"]: row["principal"] for row in table("clients.csv")}


def table(name: str) -> Iterator[dict[str, str]]:
    """The rows of a table of this room."""
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines(), delimiter=";")
