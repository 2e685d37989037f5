"""Where the embedded servers keep their data."""

import hashlib
import os
import sys
from pathlib import Path

from register.servers.errors import ServerUnavailable
from register.servers.postgres_programs import reachable


def data_folder() -> Path:
    """VAXREG_DATA, else `.vaxreg` here; for root, whose folders may be closed to PostgreSQL, else below /var/tmp."""
    chosen = os.environ.get("VAXREG_DATA")
    if chosen:
        return _made(Path(chosen))
    here = Path.cwd()
    if os.geteuid() != 0 or reachable(here):
        return _made(here / ".vaxreg")
    aside = Path("/var/tmp") / f"vaxreg-{hashlib.sha256(bytes(here)).hexdigest()[:12]}"
    print(
        f"The data is kept in {aside}, because PostgreSQL does not run as root and {here} is closed to other users. "
        "VAXREG_DATA names another place.",
        file=sys.stderr,
    )
    return _made(aside)


def _made(folder: Path) -> Path:
    folder = folder.absolute()
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o711)  # to be stepped through by PostgreSQL's user, not listed
    if folder.is_symlink() or folder.stat().st_uid not in {os.geteuid(), 0}:
        raise ServerUnavailable(f"{folder} belongs to somebody else. Set VAXREG_DATA to a folder of your own.")
    return folder
