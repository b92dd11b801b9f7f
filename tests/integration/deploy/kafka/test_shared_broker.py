"""The run's shared broker: found by every worker, and gone with the run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from aiokafka.admin import NewTopic

from deploy.kafka.broker import answers
from tests.support import kafka_keeper
from tests.support.kafka import ADDRESS_VARIABLE, kafka_admin
from tests.support.waiting import eventually_sync

ROOT = Path(__file__).parents[4]


async def test_a_topic_is_not_made_by_asking_for_it(kafka_bootstrap: str, topic_prefix: str) -> None:
    async with kafka_admin(kafka_bootstrap) as admin:
        await admin.describe_topics([f"{topic_prefix}asked-for"])
        await admin.create_topics([NewTopic(f"{topic_prefix}made", 1, 1)])
        assert [name for name in await admin.list_topics() if name.startswith(topic_prefix)] == [f"{topic_prefix}made"]


def test_the_keeper_ends_with_the_run_it_serves(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as run:
        command = [sys.executable, "-m", kafka_keeper.__name__, str(tmp_path), str(run.pid)]
        with subprocess.Popen(command, cwd=ROOT) as keeper:
            address = tmp_path / kafka_keeper.ADDRESS_FILE
            eventually_sync(address.exists, timeout_s=60)
            host, _, port = address.read_text(encoding="utf-8").rpartition(":")
            assert answers(host, int(port))
            children = psutil.Process(keeper.pid).children(recursive=True)
            run.kill()
            run.wait()
            assert keeper.wait(30) == 0
            assert not psutil.wait_procs(children, timeout=30)[1]
            assert not answers(host, int(port))


def test_an_address_that_does_not_answer_fails_the_run(tmp_path: Path) -> None:
    test = tmp_path / "test_wants_kafka.py"
    test.write_text("from tests.support.kafka import kafka_bootstrap\ndef test_it(kafka_bootstrap): pass\n")
    environment = os.environ | {ADDRESS_VARIABLE: "127.0.0.1:1"}
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), str(test)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "no broker answers there" in done.stdout
