"""A real Kafka for tests: one broker a run, shared by all workers; and disposable ones that a test may kill or freeze.

The address comes from the environment, else from a container where Docker answers, else from a broker of Apache's own
jars. A test that asks for a broker and gets none fails.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.kafka.broker import Broker, answers
from tests.support import kafka_keeper

ADDRESS_VARIABLE = "WAYMARK_TEST_KAFKA_BOOTSTRAP_SERVERS"
KEEPER_TIMEOUT_S = 300.0


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The run's broker as `host:port[,host:port…]`. It holds other tests' topics too: use a `topic_prefix`."""
    if given := os.environ.get(ADDRESS_VARIABLE):
        yield _answering(given)
        return
    in_worker = "PYTEST_XDIST_WORKER" in os.environ
    shared = tmp_path_factory.getbasetemp().parent if in_worker else tmp_path_factory.getbasetemp()
    address, keeper = _shared_broker(shared / "kafka", watched_pid=os.getppid() if in_worker else os.getpid())
    yield address
    if keeper is not None and not in_worker:
        keeper.terminate()
        keeper.wait()


@pytest.fixture
async def topic_prefix(kafka_bootstrap: str) -> AsyncIterator[str]:
    """A prefix no other test uses; the topics under it are deleted from the run's broker afterwards."""
    prefix = new_topic_prefix()
    yield prefix
    async with kafka_admin(kafka_bootstrap) as admin:
        topics = [topic for topic in await admin.list_topics() if topic.startswith(prefix)]
        if topics:
            await admin.delete_topics(topics)


@pytest.fixture(scope="module")
def module_kafka() -> Iterator[Broker]:
    with kafka_keeper.local_broker() as broker:
        yield broker


@pytest.fixture
def disposable_kafka(module_kafka: Broker) -> Iterator[Broker]:
    """A broker for this module alone, running and answering; tests may kill, freeze and restart it."""
    if not module_kafka.is_running():
        module_kafka.start()
    yield module_kafka
    if module_kafka.is_running():
        module_kafka.thaw()


async def restart(broker: Broker) -> None:
    """Start a dead broker on its data and return when it answers, the event loop running meanwhile."""
    broker.spawn()
    await asyncio.to_thread(broker.wait_until_ready)


@asynccontextmanager
async def kafka_admin(bootstrap_servers: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """An administration client of the broker at this address."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


def new_topic_prefix() -> str:
    """A topic prefix that no other test has."""
    return f"t{uuid.uuid4().hex[:10]}-"


def _answering(addresses: str) -> str:
    hosts = [address.strip().rpartition(":") for address in addresses.split(",")]
    if not any(answers(host, int(port), timeout_s=5.0) for host, _, port in hosts):
        raise RuntimeError(f"{ADDRESS_VARIABLE} is {addresses}, but no broker answers there")
    return addresses


def _shared_broker(state_dir: Path, *, watched_pid: int) -> tuple[str, subprocess.Popen[bytes] | None]:
    state_dir.mkdir(exist_ok=True)
    keeper = None
    with (state_dir / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not any((state_dir / name).exists() for name in (kafka_keeper.ADDRESS_FILE, kafka_keeper.FAILURE_FILE)):
            keeper = _start_keeper(state_dir, watched_pid)
            _await_keeper(keeper, state_dir)
    failure = state_dir / kafka_keeper.FAILURE_FILE
    if failure.exists():
        raise RuntimeError(f"no Kafka broker for the tests: {failure.read_text(encoding='utf-8')}")
    return (state_dir / kafka_keeper.ADDRESS_FILE).read_text(encoding="utf-8"), keeper


def _start_keeper(state_dir: Path, watched_pid: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", kafka_keeper.__name__, str(state_dir), str(watched_pid)]
    root = Path(__file__).parents[2]
    with (state_dir / "keeper.log").open("wb") as log:
        return subprocess.Popen(
            command, cwd=root, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )


def _await_keeper(keeper: subprocess.Popen[bytes], state_dir: Path) -> None:
    deadline = time.monotonic() + KEEPER_TIMEOUT_S
    while not any((state_dir / name).exists() for name in (kafka_keeper.ADDRESS_FILE, kafka_keeper.FAILURE_FILE)):
        if keeper.poll() is not None or time.monotonic() > deadline:
            keeper.kill()
            log = (state_dir / "keeper.log").read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"the keeper of the tests' Kafka broker gave up:\n{log[-2000:]}")
        time.sleep(0.05)
