"""Kafka brokers for tests and measurements: in a container where Docker answers, else of Apache's own jars."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.kafka import properties
from deploy.kafka.broker import Broker, BrokerFailed, BrokerSettings, answers, free_ports
from tests.support.scratch import scratch_directory

CONTAINER_IMAGE = "apache/kafka:4.3.1"
START_TIMEOUT_S = 120.0


@contextmanager
def local_broker(*, on_disk: bool = False, missed_after_ms: int = 9_000) -> Iterator[Broker]:
    """A broker of the caller's own from local jars, in a directory that goes with it."""
    with scratch_directory("waymark-kafka-", on_disk=on_disk) as data_dir:
        port, controller_port = free_ports(2)
        broker = Broker(
            BrokerSettings(data_dir, port, controller_port, short_lived=True, missed_after_ms=missed_after_ms)
        )
        try:
            broker.start()
            yield broker
        finally:
            broker.kill()


@contextmanager
def secured_broker() -> Iterator[Broker]:
    """A broker of the caller's own, from local jars, that asks its clients who they are."""
    with scratch_directory("waymark-kafka-") as data_dir:
        port, controller_port, clients, outside = free_ports(4)
        broker = Broker(
            BrokerSettings(data_dir, port, controller_port, secured_ports=(clients, outside), short_lived=True)
        )
        try:
            broker.start()
            yield broker
        finally:
            broker.kill()


@contextmanager
def run_broker() -> Iterator[str]:
    """The address of a broker for a whole run."""
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
        container.with_env(properties.variable(name), value)
    with container:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not answers(host, port):
            if time.monotonic() > deadline:
                raise BrokerFailed(f"the container {CONTAINER_IMAGE} did not answer within {START_TIMEOUT_S:.0f} s")
            time.sleep(0.1)
        yield f"{host}:{port}"
