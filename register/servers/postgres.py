"""An embedded PostgreSQL, reachable through a socket file by the user who started it."""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from register.servers.errors import ServerUnavailable
from register.servers.keeper import Command
from register.servers.postgres_programs import programs_for, user_for
from register.servers.server import Server

DATABASE = "vaxreg"
SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 100  # systems allow 104 to 108 bytes

# For large batches on one machine; what is acknowledged is on the disk (fsync stays on).
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": "5432",
    "shared_buffers": "512MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    # Old parts of the log are deleted, not kept for reuse: rows of the erased stand in them.
    "wal_recycle": "off",
    "timezone": "UTC",
    # A failed statement is the program's to report: its text may hold an identity number, and so would the log.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}


class Postgres(Server):
    """The database server whose data lies in one folder."""

    name = "PostgreSQL"
    folder_mode = 0o711  # as root, PostgreSQL's own user steps through
    stop_signal = signal.SIGINT  # "fast": does not wait for connections that are still open

    def prepare(self) -> tuple[str, Command]:
        user = user_for(self.folder)
        programs = programs_for(self.folder, user)
        sockets = self._socket_folder(user)
        if not self._complete.exists():
            self._make_cluster(programs, user)
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        place = [f"--unix_socket_directories={sockets}", "-D", str(self._data)]
        arguments = [str(programs / "postgres"), *place, *settings]
        address = f"postgresql://postgres@/{DATABASE}?host={quote(str(sockets), safe='')}"
        return address, Command(arguments, self.stop_signal, environment=_environment(), user=user)

    def answers(self, address: str) -> bool:
        try:
            with psycopg.connect(address, dbname="postgres", connect_timeout=5, autocommit=True) as connection:
                place = connection.execute("SELECT current_setting('data_directory')").fetchone()
                if place != (str(self._data),):
                    return False
                known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
                if known.rowcount == 0:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        except psycopg.Error:
            return False
        return True

    def is_ours(self, candidate: psutil.Process) -> bool:
        # By the working folder: the workers that outlive a killed server for a moment have no command line.
        return candidate.name() == "postgres" and candidate.cwd() == str(self._data)

    def clear(self) -> None:
        # A stale note with a number that another process has today would keep the server from starting.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        for left in (SOCKET, f"{SOCKET}.lock"):
            (self._sockets / left).unlink(missing_ok=True)

    @property
    def _data(self) -> Path:
        return self.folder.resolve() / "data"

    @property
    def _complete(self) -> Path:
        """Written last, so that a folder without it was never in use."""
        return self.folder / "complete"

    @property
    def _sockets(self) -> Path:
        beside = self.folder / "socket"
        if len(bytes(beside / SOCKET)) <= LONGEST_SOCKET_PATH:
            return beside
        return Path(tempfile.gettempdir()) / f"vaxreg-{hashlib.sha256(bytes(beside)).hexdigest()[:16]}"

    def _socket_folder(self, user: int | None) -> Path:
        wanted = os.geteuid() if user is None else user
        self._sockets.mkdir(mode=0o700, exist_ok=True)
        if self._sockets.stat().st_uid not in {wanted, os.geteuid()} or self._sockets.is_symlink():
            raise ServerUnavailable(
                f"{self._sockets} belongs to somebody else. Choose a data folder with a shorter path (VAXREG_DATA)."
            )
        if user is not None:
            os.chown(self._sockets, user, -1)
        return self._sockets

    def _make_cluster(self, programs: Path, user: int | None) -> None:
        shutil.rmtree(self._data, ignore_errors=True)
        self._data.mkdir(mode=0o700)
        if user is not None:
            os.chown(self._data, user, -1)
        done = subprocess.run(
            [
                *(str(programs / "initdb"), "-D", str(self._data), "--username=postgres", "--auth=trust"),
                # The same order of words on every system, whatever its language.
                *("--no-locale", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env=_environment(),
            user=user,
            extra_groups=None if user is None else [],
            cwd="/",
        )
        if done.returncode:
            raise ServerUnavailable(
                f"PostgreSQL cannot use the folder {self.folder}: {done.stderr.strip()}. "
                "Choose another one with VAXREG_DATA, or set DATABASE_URL to the address of a database."
            )
        self._complete.touch()


def _environment() -> dict[str, str]:
    """Without PGPORT and the like, which are meant for the user's own PostgreSQL."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}
