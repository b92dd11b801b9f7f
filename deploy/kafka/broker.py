"""One broker process: formatted once, started, asked until it answers, stopped; for faults killed, frozen, restarted.

The process dies with the thread that spawned it, so nothing is left behind when that one is killed.
"""

import base64
import fcntl
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.kafka import jars, properties

START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 20.0
_ERROR = re.compile(r"\b(?:ERROR|FATAL)\b|^Exception in thread|^Error:")
_SHOWN_LINES = 12

# Runs in a command's process before it: on Linux the kernel then sends the signal when the spawning thread ends.
_TIE = """
import ctypes, os, sys
signal_number, parent, *command = sys.argv[1:]
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, int(signal_number), 0, 0, 0)
if os.getppid() != int(parent):
    sys.exit("the process that wanted this one is gone")
os.execv(command[0], command)
"""


class BrokerFailed(RuntimeError):
    """The broker did not come up; the message ends with its last error."""


class BrokerHindered(BrokerFailed):
    """The broker was not started: another process has its port or its data; the message says which."""


@dataclass(frozen=True)
class BrokerSettings:
    """Where a broker listens (127.0.0.1, two ports) and keeps its data.

    With `secured_ports`, for clients inside and outside, it asks there who they are, and at `port` nobody. `tied_by` is
    the signal it gets when its parent dies. A `short_lived` one starts with less work and runs slower. Once killed, it
    answers again only `missed_after_ms` after its last heartbeat.
    """

    data_dir: Path
    port: int
    controller_port: int
    secured_ports: tuple[int, int] | None = None
    heap_mb: int = 512
    short_lived: bool = False
    missed_after_ms: int = 9_000
    tied_by: signal.Signals = signal.SIGKILL


class Broker:
    """A broker that may be started again on the same data, also after `kill`. Not for several threads at once."""

    def __init__(self, settings: BrokerSettings) -> None:
        self.settings = settings
        self.bootstrap_servers = f"127.0.0.1:{settings.port}"
        self.log_file = settings.data_dir / "broker.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._log_began_at = 0

    def start(self) -> None:
        """Start the broker and return when it answers requests. Raises BrokerFailed, ToolsMissing or FetchFailed."""
        self.spawn()
        self.wait_until_ready()

    def spawn(self) -> None:
        """Start the process only. The calling thread must be one that lives as long as the broker shall."""
        if self.is_running():
            raise RuntimeError("the broker is running already")
        with self._locked_data() as lock, self.log_file.open("ab") as log:
            self._refuse_taken_ports()
            config = self._configure()
            if not (self.settings.data_dir / "log" / "meta.properties").exists():
                self._format(config)
            command = self._java("kafka.Kafka", str(config), quick=self.settings.short_lived)
            self._log_began_at = log.tell()
            self._process = subprocess.Popen(
                tied(command, self.settings.tied_by),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(lock,),
            )

    def wait_until_ready(self, timeout_s: float = START_TIMEOUT_S) -> None:
        """Return when this process, not another on its port, answers a request.

        Raises BrokerFailed when it ends before that, or takes too long.
        """
        deadline = time.monotonic() + timeout_s
        while not (answers("127.0.0.1", self.settings.port) and self._listens()):
            if not self.is_running():
                raise BrokerFailed(f"Kafka ended while starting:\n{self.last_error()}")
            if time.monotonic() > deadline:
                self.kill()
                raise BrokerFailed(f"Kafka did not answer within {timeout_s:.0f} s:\n{self.last_error()}")
            time.sleep(0.05)

    def remove_data(self) -> None:
        """Remove what earlier brokers kept. Raises BrokerHindered while one is running on it."""
        with self._locked_data():
            shutil.rmtree(self.settings.data_dir / "log", ignore_errors=True)

    def last_error(self) -> str:
        """Return the last error in this run's log with its causes, else the log's last lines."""
        if not self.log_file.exists():
            return ""
        with self.log_file.open("rb") as log:
            log.seek(self._log_began_at)
            text = log.read().decode(errors="replace")
        lines = [line for line in text.splitlines() if not line.startswith("\tat ")]
        errors = [at for at, line in enumerate(lines) if _ERROR.search(line)]
        return "\n".join(lines[errors[-1] :][:_SHOWN_LINES] if errors else lines[-_SHOWN_LINES:])

    def is_running(self) -> bool:
        """Say whether the process lives (a frozen one does)."""
        return self._process is not None and self._process.poll() is None

    def pid(self) -> int:
        """Return the process id of the running broker."""
        if self._process is None:
            raise RuntimeError("the broker was never started")
        return self._process.pid

    def wait(self) -> int:
        """Wait for the process to end by itself; return its exit code."""
        return self._process.wait() if self._process else 0

    def stop(self) -> None:
        """Let the broker close its files and end; kill it when it takes too long. Does nothing if it is not running."""
        if self._process is None or not self.is_running():
            return
        self._process.terminate()
        self._process.send_signal(signal.SIGCONT)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the process at once (SIGKILL), as a power cut would, save for what the kernel still writes."""
        if self._process is not None and self.is_running():
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """Stop the process without ending it: connections stay open and nothing answers, from when this returns."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)
            # The signal reaches its threads one after the other.
            os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def thaw(self) -> None:
        """Let a frozen process go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    @contextmanager
    def _locked_data(self) -> Iterator[int]:
        """Own the data directory, until the block and every process that inherits the descriptor has ended.

        Kafka's own lock comes after its first write: a second broker would ruin what the first one has open, also one
        that is still stopping. Raises BrokerHindered.
        """
        self.settings.data_dir.mkdir(parents=True, exist_ok=True)
        with (self.settings.data_dir / "owner.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BrokerHindered(
                    f"another Kafka runs on {self.settings.data_dir}, or is stopping: wait for its end, or stop it"
                ) from None
            yield lock.fileno()

    def _configure(self) -> Path:
        settings = self.settings
        config = settings.data_dir / "server.properties"
        places = (settings.data_dir.resolve(), settings.port, settings.controller_port)
        secured = settings.secured_ports
        entries = properties.native_secured(*places, *secured) if secured else properties.native(*places)
        entries |= properties.missed_after(settings.missed_after_ms)
        config.write_text("".join(f"{name}={value}\n" for name, value in entries.items()), encoding="utf-8")
        return config

    def _format(self, config: Path) -> None:
        arguments = [
            "format",
            "--cluster-id",
            _new_cluster_id(),
            "--config",
            str(config),
            "--standalone",
            "--ignore-formatted",
        ]
        command = self._java("kafka.tools.StorageTool", *arguments, quick=True)
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise BrokerFailed(f"Kafka's storage could not be formatted:\n{(done.stdout + done.stderr)[-2000:]}")

    def _java(self, main_class: str, *arguments: str, quick: bool) -> list[str]:
        heap = f"-Xmx{self.settings.heap_mb}m"
        tuning = ["-XX:+UseSerialGC", "-XX:ReservedCodeCacheSize=64m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
        if quick:
            tuning.append("-XX:TieredStopAtLevel=1")
        # The runtime does not expand a wildcard below a directory that is missing, so the jars come first.
        classpath = f"{jars.kafka_jars()}/*"
        return [jars.java(), heap, *tuning, "-cp", classpath, main_class, *arguments]

    def _refuse_taken_ports(self) -> None:
        for port in (self.settings.port, self.settings.controller_port):
            if not _is_free(port):
                raise BrokerHindered(f"port {port} of 127.0.0.1 is taken: stop what listens there, or choose another")

    def _listens(self) -> bool:
        """Whether it is our process that listens on the port."""
        try:
            sockets = psutil.Process(self.pid()).net_connections("tcp")
        except psutil.Error:
            return False
        return any(one.status == psutil.CONN_LISTEN and one.laddr.port == self.settings.port for one in sockets)


def tied(command: Sequence[str], number: signal.Signals) -> list[str]:
    """Return a command that runs this one, which on Linux gets the signal when the thread that started it ends."""
    return [sys.executable, "-c", _TIE, str(int(number)), str(os.getpid()), *command]


def answers(host: str, port: int, timeout_s: float = 1.0) -> bool:
    """Say whether a Kafka broker answers here when asked for its API versions (key 18, version 0, null client id)."""
    request = struct.pack(">hhih", 18, 0, 1, -1)
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            return len(connection.recv(8)) > 0
    except OSError:
        return False


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that are free now, below the range the kernel gives to outgoing connections.

    A client that keeps asking at the port of a dead broker would otherwise be given that very port and talk to itself.
    """
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(20_000, _first_ephemeral_port())
        if port not in found and _is_free(port):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # Connections of a listener that ended hold its port for a while, and keep no other from listening.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _first_ephemeral_port() -> int:
    source = Path("/proc/sys/net/ipv4/ip_local_port_range")
    first = int(source.read_text(encoding="ascii").split()[0]) if source.exists() else 32_768
    return first if first > 20_100 else 32_768


def _new_cluster_id() -> str:
    encoded = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    return encoded if not encoded.startswith("-") else _new_cluster_id()
