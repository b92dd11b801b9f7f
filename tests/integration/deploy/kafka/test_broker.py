"""The broker without a container: what it promises to tests and to hand use."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from aiokafka.admin import NewTopic

from deploy.kafka.broker import Broker, answers, free_ports
from tests.support.kafka import kafka_admin, restart

ROOT = Path(__file__).parents[4]


async def test_topics_outlive_a_kill(disposable_kafka: Broker) -> None:
    await _create_topic(disposable_kafka, "kept")
    disposable_kafka.kill()
    await restart(disposable_kafka)
    assert "kept" in await _topics(disposable_kafka)


async def test_topics_outlive_a_clean_stop(disposable_kafka: Broker) -> None:
    await _create_topic(disposable_kafka, "kept-too")
    disposable_kafka.stop()
    assert not answers("127.0.0.1", disposable_kafka.settings.port)
    await restart(disposable_kafka)
    assert "kept-too" in await _topics(disposable_kafka)


def test_a_frozen_broker_does_not_answer_until_thawed(disposable_kafka: Broker) -> None:
    disposable_kafka.freeze()
    assert not answers("127.0.0.1", disposable_kafka.settings.port, timeout_s=0.5)
    disposable_kafka.thaw()
    assert answers("127.0.0.1", disposable_kafka.settings.port, timeout_s=10)


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGKILL])
def test_the_foreground_broker_leaves_nothing_running(tmp_path: Path, signal_number: signal.Signals) -> None:
    port, controller_port = free_ports(2)
    command = [sys.executable, "-m", "deploy.kafka", "--data-dir", str(tmp_path)]
    command += ["--port", str(port), "--controller-port", str(controller_port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as foreground:
        assert foreground.stdout is not None
        assert f"ready on 127.0.0.1:{port}" in foreground.stdout.readline()
        children = psutil.Process(foreground.pid).children()
        foreground.send_signal(signal_number)
        assert foreground.wait(30) == (0 if signal_number != signal.SIGKILL else -signal.SIGKILL)
    _, alive = psutil.wait_procs(children, timeout=30)
    assert children
    assert not alive


async def _create_topic(broker: Broker, name: str) -> None:
    async with kafka_admin(broker.bootstrap_servers) as admin:
        await admin.create_topics([NewTopic(name, 1, 1)])


async def _topics(broker: Broker) -> list[str]:
    async with kafka_admin(broker.bootstrap_servers) as admin:
        return list(await admin.list_topics())
