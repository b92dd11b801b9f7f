"""The embedded server: what survives kill -9, who may own it, and where its files and socket are."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import psutil
import pytest

from libs.pg.database import connect_once
from libs.pg.embedded import EmbeddedPostgres
from libs.pg.errors import EmbeddedPostgresError
from tests.support.postgres import FAST_SETTINGS
from tests.support.waiting import eventually_sync

OWNER_PROGRAM = """
import signal, sys, time
from pathlib import Path
from libs.pg.embedded import EmbeddedPostgres
from tests.support.postgres import FAST_SETTINGS
signal.signal(signal.SIGINT, signal.default_int_handler)
server = EmbeddedPostgres(Path(sys.argv[1]), settings=FAST_SETTINGS)
server.start()
print(server.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A directory whose server, if any is left, is ended with the test."""
    directory = Path(tempfile.mkdtemp(prefix="waymark-test-"))
    yield directory
    with EmbeddedPostgres(directory, settings=FAST_SETTINGS):
        pass
    shutil.rmtree(directory)


@pytest.fixture
def server(data_dir: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(data_dir, settings=FAST_SETTINGS)


async def ask(url: str, query: str = "SELECT 1") -> object:
    connection = await connect_once(url, application_name="test")
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


@contextmanager
def owner_process(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that owns the server, and the server's process id; dead after the block."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER_PROGRAM, str(data_dir)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[4],
    ) as owner:
        try:
            assert owner.stdout is not None
            yield owner, int(owner.stdout.readline())
        finally:
            owner.kill()


async def test_what_was_written_is_there_after_stop_and_start(server: EmbeddedPostgres) -> None:
    with server:
        await ask(server.url, "CREATE TABLE kept (n int)")
        pid = server.pid
    assert not psutil.pid_exists(pid)
    with server:
        assert await ask(server.url, "SELECT count(*) FROM kept") == 0


async def test_a_server_left_by_kill_9_of_its_owner_is_taken_over(data_dir: Path, server: EmbeddedPostgres) -> None:
    with owner_process(data_dir) as (owner, pid):
        owner.kill()
    with server:
        assert server.pid == pid
        assert await ask(server.url) == 1
    eventually_sync(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


async def test_the_terminals_sigint_does_not_reach_the_server(data_dir: Path, server: EmbeddedPostgres) -> None:
    with owner_process(data_dir) as (owner, pid):
        assert os.getpgid(pid) != os.getpgid(owner.pid)
        owner.send_signal(signal.SIGINT)
        owner.wait(10)
    with server:
        assert server.pid == pid


async def test_a_killed_server_starts_again_with_what_was_committed(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir) as server:
        await ask(server.url, "CREATE TABLE kept (n int)")
        os.kill(server.pid, signal.SIGKILL)
        eventually_sync(lambda: not server.is_running())
        server.start()
        assert await ask(server.url, "SELECT count(*) FROM kept") == 0


async def test_lock_files_that_name_somebody_elses_process_are_not_believed(
    tmp_path: Path, data_dir: Path, server: EmbeddedPostgres
) -> None:
    with server:
        os.kill(server.pid, signal.SIGKILL)
        eventually_sync(lambda: not server.is_running())
    home = data_dir / "postgres"
    with EmbeddedPostgres(tmp_path / "other", settings=FAST_SETTINGS) as somebody_else:
        for lock in (home / "data" / "postmaster.pid", home / "run" / ".s.PGSQL.5432.lock"):
            lines = lock.read_text().splitlines()
            lock.write_text("\n".join([str(somebody_else.pid), *lines[1:]]) + "\n")
        with server:
            assert await ask(server.url) == 1


def test_a_cluster_that_was_never_finished_is_made_anew(data_dir: Path, server: EmbeddedPostgres) -> None:
    with server:
        pass
    (data_dir / "postgres" / "data").rename(data_dir / "postgres" / "data.new")
    (data_dir / "postgres" / "data.new" / "PG_VERSION").unlink()
    with server:
        assert server.is_running()


def test_a_second_owner_is_refused(data_dir: Path, server: EmbeddedPostgres) -> None:
    with server:
        second = EmbeddedPostgres(data_dir, settings=FAST_SETTINGS)
        with pytest.raises(EmbeddedPostgresError, match=f"in use by process {os.getpid()}"):
            second.start()
        second.stop()
        assert server.is_running()
        assert EmbeddedPostgres.running_url(data_dir) == server.url
    assert EmbeddedPostgres.running_url(data_dir) is None


async def test_a_deep_data_directory_gets_a_short_socket_path(data_dir: Path) -> None:
    deep = EmbeddedPostgres(data_dir / ("d" * 60) / ("e" * 60), settings=FAST_SETTINGS)
    with deep:
        assert await ask(deep.url) == 1
        socket_dir = unquote(deep.url.partition("host=")[2].partition("&")[0])
        assert stat.S_IMODE(os.stat(socket_dir).st_mode) == 0o700  # noqa: PTH116
    with pytest.raises(FileNotFoundError):
        os.stat(socket_dir)  # noqa: PTH116


def test_only_the_servers_user_can_look_into_its_directory(data_dir: Path, server: EmbeddedPostgres) -> None:
    before = data_dir.stat().st_mode
    with server:
        for directory in (data_dir / "postgres", data_dir / "postgres" / "data", data_dir / "postgres" / "run"):
            assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert data_dir.stat().st_mode == before


def test_a_cluster_of_another_major_version_is_refused(data_dir: Path, server: EmbeddedPostgres) -> None:
    with server:
        pass
    version = data_dir / "postgres" / "data" / "PG_VERSION"
    ours = version.read_text()
    version.write_text("9\n")
    with pytest.raises(EmbeddedPostgresError, match="made by PostgreSQL 9"):
        server.start()
    version.write_text(ours)


async def test_settings_of_the_embedded_server(server: EmbeddedPostgres) -> None:
    with EmbeddedPostgres(server.data_dir) as plain:
        names = ["fsync", "timezone", "listen_addresses", "max_connections", "autovacuum_vacuum_insert_threshold"]
        values = [await ask(plain.url, f"SELECT current_setting('{name}')") for name in names]
    assert values == ["on", "UTC", "", "200", "100000"]
