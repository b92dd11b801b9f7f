"""The run's one broker and one PostgreSQL: found by every worker, and gone with the run, however that ends."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from aiokafka.admin import NewTopic

from deploy.kafka.broker import answers
from libs.pg.database import connect_once
from tests.support.kafka import ADDRESS_VARIABLE, kafka_admin
from tests.support.postgres import TestServer
from tests.support.shared import ADDRESS_FILE, KEEPER
from tests.support.waiting import eventually_sync

ROOT = Path(__file__).parents[3]


async def test_a_topic_is_not_made_by_asking_for_it(kafka_bootstrap: str, topic_prefix: str) -> None:
    async with kafka_admin(kafka_bootstrap) as admin:
        await admin.describe_topics([f"{topic_prefix}asked-for"])
        await admin.create_topics([NewTopic(f"{topic_prefix}made", 1, 1)])
        assert [name for name in await admin.list_topics() if name.startswith(topic_prefix)] == [f"{topic_prefix}made"]


@contextmanager
def kept_server(kind: str, state_dir: Path) -> Iterator[tuple[subprocess.Popen[bytes], psutil.Process, str]]:
    """A run that does nothing, the keeper of its server, and the server's address."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as run:
        command = [sys.executable, "-m", KEEPER, kind, str(state_dir), str(run.pid)]
        with subprocess.Popen(command, cwd=ROOT) as keeper:
            address = state_dir / ADDRESS_FILE
            eventually_sync(address.exists, timeout_s=60)
            yield run, psutil.Process(keeper.pid), address.read_text(encoding="utf-8")


def end(process: subprocess.Popen[bytes] | psutil.Process) -> None:
    process.kill()
    process.wait()


def test_a_broker_ends_with_the_run_it_serves(tmp_path: Path) -> None:
    with kept_server("kafka", tmp_path) as (run, keeper, address):
        host, _, port = address.rpartition(":")
        assert answers(host, int(port))
        children = keeper.children(recursive=True)
        end(run)
        assert not psutil.wait_procs([keeper, *children], timeout=30)[1]
        assert not answers(host, int(port))


@pytest.mark.parametrize("victim", ["run", "keeper"])
async def test_a_postgres_ends_with_the_run_it_serves(tmp_path: Path, victim: str) -> None:
    with kept_server("postgres", tmp_path) as (run, keeper, url):
        connection = await connect_once(url, application_name="test")
        postmaster = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()")).parent()
        directory = Path(await connection.fetchval("SHOW data_directory"))
        await connection.close()
        assert postmaster is not None
        if victim == "keeper":
            end(keeper)
        end(run)
        assert not psutil.wait_procs([keeper, postmaster], timeout=30)[1]
        eventually_sync(lambda: not directory.exists(), timeout_s=30)


async def test_a_template_is_built_once_for_all_workers(postgres_server: TestServer, tmp_path: Path) -> None:
    workers = [TestServer(postgres_server.url, owner=tmp_path.name) for _ in range(3)]
    built: list[str] = []

    async def build(url: str) -> None:
        connection = await connect_once(url, application_name="test")
        await connection.execute("CREATE TABLE made (n int)")
        await connection.close()
        built.append(url)

    try:
        names = await asyncio.gather(*(worker.template("one", build) for worker in workers))
        assert (len(set(names)), len(built)) == (1, 1)
        async with workers[0].database(template=names[0]) as url:
            connection = await connect_once(url, application_name="test")
            assert await connection.fetchval("SELECT count(*) FROM made") == 0
            await connection.close()
    finally:
        await workers[0].drop_templates()


async def test_a_template_that_could_not_be_built_is_built_by_the_next(
    postgres_server: TestServer, tmp_path: Path
) -> None:
    server = TestServer(postgres_server.url, owner=tmp_path.name)

    async def fail(_: str) -> None:
        raise RuntimeError("no")

    async def succeed(_: str) -> None:
        return

    try:
        with pytest.raises(RuntimeError, match="no"):
            await server.template("one", fail)
        async with server.database(template=await server.template("one", succeed)) as url:
            await (await connect_once(url, application_name="test")).close()
    finally:
        await server.drop_templates()


def test_an_address_that_does_not_answer_fails_the_run(tmp_path: Path) -> None:
    test = tmp_path / "test_wants_kafka.py"
    test.write_text("from tests.support.kafka import kafka_bootstrap\ndef test_it(kafka_bootstrap): pass\n")
    environment = os.environ | {ADDRESS_VARIABLE: "127.0.0.1:1"}
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), str(test)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "no broker answers there" in done.stdout
