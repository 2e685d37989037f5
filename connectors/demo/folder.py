"""The demo's own data folder: apart from any real register, and empty at every start."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from connectors.demo.plan import HOME_REGION
from connectors.up import NOTE
from register.servers import running
from register.servers.data_folder import data_folder
from register.servers.kafka import Kafka
from register.servers.postgres import Postgres
from register.servers.process import stop


class FolderInUse(Exception):
    """Another program uses the demo's servers, so that its folder cannot be emptied."""


def demo_folder(regions: Sequence[str] | None) -> Path:
    """`demo` for the region played by default, `demo-all` for the nation, else `demo-` and the regions' codes."""
    if regions is None:
        return data_folder() / "demo-all"
    return data_folder() / ("demo" if list(regions) == [HOME_REGION] else f"demo-{'-'.join(regions)}")


def empty(data: Path) -> None:
    """Remove what an earlier demo left, also one that was killed a moment ago. Raises FolderInUse."""
    for server in (Postgres(data / "postgres"), Kafka(data / "kafka")):
        noted = running.read(server.folder)
        if noted is None:
            continue
        if noted.owner.alive:
            raise FolderInUse(
                f"Process {noted.owner.pid} uses the demo's {server.name} in {data}: let it end first, "
                "or keep the data with --keep."
            )
        # Both are about to end by themselves, because their owner is gone.
        stop([noted.server], server.stop_signal)
        stop([noted.keeper], server.stop_signal)
    for each in data.iterdir():
        if each.name == NOTE:
            continue
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        else:
            each.unlink()
