"""Under which system user the embedded server runs, and how.

PostgreSQL refuses to run as root, so root hands it to another user. No permission outside the server's own directory
is ever changed: where that user could not reach the directory, its processes get the right to pass through instead.
"""

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from libs.pg.errors import EmbeddedPostgresError

_USER = "waymark"
_ROOT = 0
# The weaker one first; containers often keep only the second.
_PASSING_CAPABILITIES = (("dac_read_search", 2), ("dac_override", 1))


@dataclass(frozen=True, slots=True)
class ServerUser:
    """A user id and group id, and the words that go in front of a command to run it as that user."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    def own(self, directory: Path) -> None:
        """Create the directory with mode 700 for this user; one that exists must be a real directory of theirs."""
        directory.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == _ROOT and directory.lstat().st_uid == _ROOT:
            os.chown(directory, self.uid, self.gid, follow_symlinks=False)
        found = directory.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.uid:
            raise EmbeddedPostgresError(f"{directory} is not a directory of user id {self.uid}")
        directory.chmod(0o700)


def choose_server_user(home: Path, binaries: Path) -> ServerUser:
    """Return the owner of `home` when it exists, otherwise the current user, or for root a user of its own.

    Raises `EmbeddedPostgresError` when that user could not run the server.
    """
    me = os.geteuid()
    owner = home.stat() if home.exists() else None
    if me != _ROOT:
        if owner and owner.st_uid != me:
            raise EmbeddedPostgresError(
                f"{home} belongs to user id {owner.st_uid}: start Waymark as that user, or root"
            )
        return ServerUser(me, os.getegid())
    if owner and owner.st_uid != _ROOT:
        uid, gid = owner.st_uid, owner.st_gid
    else:
        entry = _own_user()
        uid, gid = entry.pw_uid, entry.pw_gid
    return ServerUser(uid, gid, _switch_to(uid, gid, (home.parent, binaries)))


def _own_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(_USER)
    except KeyError:
        pass
    command = shutil.which("useradd")
    if command is None:
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root: create a system user {_USER!r}, or run as another user"
        )
    subprocess.run(  # noqa: S603
        [command, "--system", "--no-create-home", "--user-group", "--shell", "/usr/sbin/nologin", _USER],
        check=False,
        capture_output=True,
    )
    try:
        return pwd.getpwnam(_USER)
    except KeyError:
        raise EmbeddedPostgresError(f"PostgreSQL does not run as root, and creating user {_USER!r} failed") from None


def _switch_to(uid: int, gid: int, paths: Sequence[Path]) -> tuple[str, ...]:
    command = shutil.which("setpriv")
    if command is None:
        raise EmbeddedPostgresError("running the embedded PostgreSQL from root needs setpriv (util-linux)")
    words = [command, f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--no-new-privs"]
    blocked = next((step for path in paths for step in _steps(path) if not _may_pass(step, uid, gid)), None)
    if blocked is not None:
        capability = _passing_capability()
        if capability is None:
            raise EmbeddedPostgresError(
                f"user id {uid} cannot pass {blocked}: chmod o+x it, or use another data directory"
            )
        words += [f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}"]
    return (*words, "--")


def _steps(path: Path) -> list[Path]:
    resolved = path.resolve()
    return [resolved, *resolved.parents]


def _may_pass(directory: Path, uid: int, gid: int) -> bool:
    found = directory.stat()
    if found.st_uid == uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def _passing_capability() -> str | None:
    """Return the capability that lets a process pass directories it has no right to; None without one."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    held = int(next(line for line in status.splitlines() if line.startswith("CapPrm:")).split()[1], 16)
    return next((name for name, bit in _PASSING_CAPABILITIES if held & (1 << bit)), None)
