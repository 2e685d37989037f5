"""A small process between a program and its server: when the program is gone, however it went, the server stops.

It is the server's parent. Killed itself, it leaves the server to the next start, which clears it away.
"""

import json
import os
import pwd
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from register.servers import running
from register.servers.errors import ServerUnavailable
from register.servers.process import Process, process, this_process
from register.servers.running import Running

LOOKS_EVERY = 0.3  # seconds


@dataclass(frozen=True, slots=True)
class Command:
    """How a server is run: its command line, the signal that ends it gently, and as which user."""

    arguments: list[str]
    stop_signal: int
    environment: dict[str, str] | None = None
    user: int | None = None


def run_kept(folder: Path, address: str, command: Command, owner: Process) -> None:
    """Run the server of this folder in the background for as long as its owner lives."""
    order = {"address": address, "command": asdict(command), "owner": asdict(owner)}
    with (folder / "server.log").open("ab") as log:
        keeper = subprocess.run(
            [sys.executable, "-m", "register.servers.keeper", str(folder)],
            input=json.dumps(order).encode(),
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the owner, who then stops the server in good order
            check=False,
        )
    if keeper.returncode:
        raise ServerUnavailable(f"The server could not be run; {folder / 'server.log'} says why.")


def main() -> None:
    """Step into the background, start the server, tell the program that it is noted, then watch."""
    folder, order = Path(sys.argv[1]), json.load(sys.stdin)
    command = Command(**order["command"])
    noted, note = os.pipe()
    if os.fork():
        os.close(note)
        os._exit(0 if os.read(noted, 1) else 1)
    os.close(noted)
    server = _start(command)
    running.write(
        folder,
        Running(order["address"], Process(**order["owner"]), this_process(), process(server.pid)),
    )
    os.write(note, b"!")
    os.close(note)
    _watch(folder, server, signal.Signals(command.stop_signal))


def _start(command: Command) -> subprocess.Popen[bytes]:
    user = command.user
    return subprocess.Popen(
        command.arguments,
        stdin=subprocess.DEVNULL,
        cwd="/",
        env=command.environment,
        user=user,
        group=None if user is None else pwd.getpwuid(user).pw_gid,
        extra_groups=None if user is None else [],
    )


def _watch(folder: Path, server: subprocess.Popen[bytes], stop_signal: signal.Signals) -> None:
    while not _ended(server, LOOKS_EVERY):
        if _owned(folder):
            continue
        with running.locked(folder):
            # Looked at again, because a new program may just have taken the server over.
            if not _owned(folder):
                server.send_signal(stop_signal)
                if not _ended(server, 20):
                    server.kill()
                    server.wait()
                running.forget(folder)
                return


def _owned(folder: Path) -> bool:
    noted = running.read(folder)
    return noted is not None and noted.owner.alive


def _ended(server: subprocess.Popen[bytes], patience: float) -> bool:
    try:
        server.wait(patience)
    except subprocess.TimeoutExpired:
        return False
    return True


if __name__ == "__main__":
    main()
