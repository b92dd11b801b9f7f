"""Keeps the test run's one broker: starts it, tells its address through a file, ends it when the run's process is gone.

Its own process, because the workers that share the broker come and go; run as `python -m tests.support.kafka_keeper`.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.kafka import properties
from deploy.kafka.broker import Broker, BrokerFailed, BrokerSettings, answers, free_ports
from deploy.kafka.jars import FetchFailed, ToolsMissing

ADDRESS_FILE = "address"
FAILURE_FILE = "failure"
CONTAINER_IMAGE = "apache/kafka:4.3.1"
START_TIMEOUT_S = 120.0


def main(state_dir: Path, watched_pid: int) -> None:
    """Run a broker until `watched_pid` ends or SIGTERM comes; `state_dir` gets its address, or why there is none."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with _broker() as address:
            _write(state_dir / ADDRESS_FILE, address)
            while _exists(watched_pid):
                time.sleep(0.1)
    except (BrokerFailed, FetchFailed, ToolsMissing) as error:
        _write(state_dir / FAILURE_FILE, str(error))
    except KeyboardInterrupt:
        return


@contextmanager
def local_broker() -> Iterator[Broker]:
    """A broker of the caller's own from local jars, in a directory that goes with it."""
    data_dir = Path(tempfile.mkdtemp(prefix="waymark-kafka-"))
    port, controller_port = free_ports(2)
    broker = Broker(BrokerSettings(data_dir, port, controller_port, short_lived=True))
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()
        shutil.rmtree(data_dir, ignore_errors=True)


@contextmanager
def _broker() -> Iterator[str]:
    if _docker_answers():
        with _container() as address:
            yield address
    else:
        with local_broker() as broker:
            yield broker.bootstrap_servers


def _docker_answers() -> bool:
    import docker
    from docker.errors import DockerException

    try:
        client = docker.from_env(timeout=5)
    except DockerException:
        return False
    client.close()
    return True


@contextmanager
def _container() -> Iterator[str]:
    from testcontainers.core.container import DockerContainer

    (port,) = free_ports(1)
    container = DockerContainer(CONTAINER_IMAGE).with_bind_ports(9092, port)
    host = container.get_container_host_ip()
    for name, value in properties.container(host, port).items():
        container.with_env("KAFKA_" + name.upper().replace(".", "_"), value)
    with container:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not answers(host, port):
            if time.monotonic() > deadline:
                raise BrokerFailed(f"the container {CONTAINER_IMAGE} did not answer within {START_TIMEOUT_S:.0f} s")
            time.sleep(0.1)
        yield f"{host}:{port}"


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _write(file: Path, text: str) -> None:
    partial = file.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.rename(file)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
