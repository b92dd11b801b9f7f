"""The processes that are measured: started as in production, watched for what they use, stopped by their own id."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from deploy.kafka.broker import free_ports

_ROOT = Path(__file__).parents[2]
_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 25.0
_SAMPLE_INTERVAL_S = 0.2
_MIB = 1024 * 1024


class ProcessEnded(RuntimeError):
    """A process that was being measured ended by itself; the message ends with what it wrote."""


@dataclass(slots=True)
class Measured:
    """A process of ours (or a floor): `port` is where it serves, `peak_mib` its largest resident size so far."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    output: Path
    peak_mib: float = 0.0
    _usage: psutil.Process = field(init=False)

    def __post_init__(self) -> None:
        self._usage = psutil.Process(self.process.pid)

    @property
    def cpu_s(self) -> float:
        """Processor time used so far, in seconds."""
        times = self._usage.cpu_times()
        return times.user + times.system

    def look(self) -> None:
        """Note the resident size. Raises ProcessEnded."""
        if self.process.poll() is not None:
            raise ProcessEnded(f"{self.name} ended with {self.process.returncode}:\n{self.last_words}")
        self.peak_mib = max(self.peak_mib, self._usage.memory_info().rss / _MIB)

    @property
    def last_words(self) -> str:
        """The end of what it wrote."""
        return self.output.read_text(encoding="utf-8", errors="replace")[-3000:]


@contextmanager
def running(name: str, *command: str, environment: Mapping[str, str], give_port: bool = False) -> Iterator[Measured]:
    """`python -m <command>` with these variables, until the block ends; `give_port` adds `--port`."""
    (port,) = free_ports(1)
    arguments = [*command, *(("--port", str(port)) if give_port else ())]
    own = {"WAYMARK_HOST": "127.0.0.1", "WAYMARK_PORT": str(port), "PYTHONUNBUFFERED": "1"}
    with tempfile.TemporaryDirectory(prefix="waymark-bench-") as directory:
        output = Path(directory) / "output"
        with output.open("wb") as sink:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=_ROOT,
                env={**os.environ, **own, **environment},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509  # nothing else runs in a thread here
            )
        try:
            yield Measured(name, port, process, output)
        finally:
            _end(process)


async def answering(server: Measured, *, path: str = "/readyz") -> Measured:
    """Return when the server answers below 500. Raises ProcessEnded, TimeoutError."""
    deadline = time.monotonic() + _START_TIMEOUT_S
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        while True:
            server.look()
            try:
                if (await client.get(path)).status_code < 500:
                    return server
            except httpx.TransportError:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"{server.name} does not answer:\n{server.last_words}")
            await asyncio.sleep(0.05)


@asynccontextmanager
async def watching(*processes: Measured) -> AsyncIterator[None]:
    """Sample the processes' sizes for the length of the block."""
    sampling = asyncio.create_task(_sample(processes))
    try:
        yield
    finally:
        sampling.cancel()
        for process in processes:
            process.look()


async def _sample(processes: tuple[Measured, ...]) -> None:
    while True:
        for process in processes:
            process.look()
        await asyncio.sleep(_SAMPLE_INTERVAL_S)


def family_cpu_s(process: psutil.Process) -> float:
    """Processor time of a process, of its children, and of those that have ended."""
    return sum(process.cpu_times()[:4]) + sum(sum(child.cpu_times()[:2]) for child in process.children(recursive=True))


def _die_with_parent() -> None:
    """On Linux, have the kernel stop this process when the bench dies without doing so itself."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, int(signal.SIGTERM), 0, 0, 0)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to stop, and kill it when it takes too long."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
