"""An embedded Kafka broker: one node, KRaft, reachable from this machine only."""

import random
import secrets
import shutil
import signal
import socket
import struct
import subprocess
from base64 import urlsafe_b64encode
from itertools import islice
from pathlib import Path

import psutil

from register.servers.errors import ServerUnavailable
from register.servers.java import class_path, java
from register.servers.keeper import Command
from register.servers.secured import LISTENERS, make_own_users, secured_answers, secured_settings
from register.servers.server import Server

HEAP = "-Xmx768m"

# How long a topic is kept is a property of the topic and set where topics are made. The session is short because
# a broker that was killed is let in again only when its old session has run out.
SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners={listeners}
advertised.listeners={advertised}
log.dirs={data}
num.partitions=4
auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=2500
log.cleaner.dedupe.buffer.size=16777216
"""

OPEN_LISTENERS = ("PLAINTEXT", "CONTROLLER")
OPEN_SETTINGS = """\
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
"""

LOG_SETTINGS = """\
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
logger.denied.name = kafka.authorizer.logger
logger.denied.level = info
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %m (%c)%n
"""


class Kafka(Server):
    """The broker whose data lies in one folder.

    `secured` once, it stays so: its folder holds the passwords from then on.
    """

    name = "Kafka"
    folder_mode = 0o700
    stop_signal = signal.SIGTERM

    def __init__(self, folder: Path, *, secured: bool = False) -> None:
        super().__init__(folder)
        self._secured = secured

    @property
    def listeners(self) -> tuple[str, ...]:
        """Their names; clients come to the first one."""
        return LISTENERS if self.access else OPEN_LISTENERS

    @property
    def access(self) -> Path | None:
        """Where certificates and passwords lie; None if the broker asks nobody who he is."""
        folder = self.folder / "access"
        return folder if self._secured or folder.exists() else None

    def prepare(self) -> tuple[str, Command]:
        run = [str(java()), f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}"]
        jars = ["-cp", class_path()]
        ports = self._ports(len(self.listeners))
        (self.folder / "log4j2.properties").write_text(LOG_SETTINGS)
        # At once or not at all: half a file, on a full disk, would stop every later start.
        draft = self._settings.with_suffix(".new")
        draft.write_text(self._told(dict(zip(self.listeners, ports, strict=True))))
        draft.replace(self._settings)
        if not self._cluster.exists():
            self._format([*run, "-XX:TieredStopAtLevel=1", *jars])
        arguments = [*run, HEAP, *jars, "kafka.Kafka", str(self._settings)]
        return f"127.0.0.1:{ports[0]}", Command(arguments, self.stop_signal)

    def settle(self) -> None:
        if self.access:
            make_own_users(f"127.0.0.1:{self._remembered_ports()[-1]}", self.access)

    def answers(self, address: str) -> bool:
        if self.access:
            return secured_answers(address, self.access)
        # The oldest question that is answered with the cluster's id (Metadata, version 2, about no topic): asked
        # by hand, because a client would keep trying and complain in the log while the broker is still starting.
        question = struct.pack(">hhihi", 3, 2, 1, -1, 0)
        host, _, port = address.rpartition(":")
        try:
            with socket.create_connection((host, int(port)), timeout=5) as broker:
                broker.sendall(struct.pack(">i", len(question)) + question)
                answer = broker.recv(4096)
            return self._cluster.read_bytes() in answer
        except OSError:
            return False

    def is_ours(self, candidate: psutil.Process) -> bool:
        return candidate.name() == "java" and str(self._settings) in candidate.cmdline()

    @property
    def _settings(self) -> Path:
        return self.folder / "server.properties"

    @property
    def _cluster(self) -> Path:
        """The cluster's id; written last, so that a folder without it was never in use."""
        return self.folder / "cluster-id"

    def _format(self, run: list[str]) -> None:
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        # 16 bytes; the first one only keeps the text from starting with a dash, like an option.
        cluster = urlsafe_b64encode(b"v" + secrets.token_bytes(15)).rstrip(b"=").decode()
        storage = ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster}"]
        done = subprocess.run(
            [*run, *storage, "--config", str(self._settings)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ServerUnavailable(
                f"Kafka cannot use the folder {self.folder}: {done.stdout.strip()} {done.stderr.strip()}. "
                "Choose another one with VAXREG_DATA."
            )
        self._cluster.write_text(cluster)

    def _told(self, ports: dict[str, int]) -> str:
        listeners = {name: f"{name}://127.0.0.1:{port}" for name, port in ports.items()}
        advertised = [listener for name, listener in listeners.items() if name != "CONTROLLER"]
        told = SETTINGS.format(
            controller=ports["CONTROLLER"],
            listeners=",".join(listeners.values()),
            advertised=",".join(advertised),
            data=self.folder / "data",
        )
        return told + (secured_settings(self.access) if self.access else OPEN_SETTINGS)

    def _ports(self, count: int) -> list[int]:
        """The ports of last time, so that a client finds the broker again, or new ones where they are taken."""
        remembered = self._remembered_ports()
        if len(remembered) == count and all(_is_free(port) for port in remembered):
            return remembered
        # Below the range out of which systems take ports for outgoing connections.
        candidates = random.sample(range(20_000, 32_000), 200)
        return list(islice((port for port in candidates if _is_free(port)), count))

    def _remembered_ports(self) -> list[int]:
        """In the order of the listeners."""
        if not self._settings.exists():
            return []
        listeners = next(line for line in self._settings.read_text().splitlines() if line.startswith("listeners="))
        return [int(listener.rpartition(":")[2]) for listener in listeners.split(",")]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
