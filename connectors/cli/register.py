"""The register that a command speaks to: the servers of the environment, running ones here, or its own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from register.servers.data_folder import data_folder
from register.servers.embedded import servers
from register.settings import Settings, settings_from


@contextmanager
def register() -> Iterator[Settings]:
    """Settings of a register that answers; embedded servers that had to be started stop at the end."""
    with environment() as env:
        yield settings_from(env, _data_folder())


@contextmanager
def environment() -> Iterator[dict[str, str]]:
    """This environment with the addresses of both servers, as a service is started with."""
    folder = _data_folder()
    with servers(folder) as addresses:
        yield {**os.environ, **addresses.environment, **({"VAXREG_DATA": str(folder)} if folder else {})}


def _data_folder() -> Path | None:
    """Where embedded servers and keys lie; a register whose servers are given has none unless it is named."""
    given = os.environ.get("DATABASE_URL") and os.environ.get("KAFKA_BOOTSTRAP")
    return None if given and not os.environ.get("VAXREG_DATA") else data_folder()
