"""A program in the files of an image, confined as compose confines its container: the image's user, no capabilities, no
new privileges, nothing to write but `/tmp`. The network is the machine's.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path

USER_ID = 10001
_CONFINED = """
set -eu
root=$1; user=$2; shift 2
mount --bind "$root" "$root"
mount -o remount,ro,bind "$root"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
exec /usr/sbin/chroot "$root" setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs \
    --inh-caps=-all --bounding-set=-all -- "$@"
"""


def start(root: Path, *command: str, environment: Mapping[str, str]) -> "subprocess.Popen[str]":
    """Start a program with these variables alone; its output and its errors are one pipe."""
    return subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", _CONFINED, "sh", str(root), str(USER_ID), *command],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(root: Path, *command: str, environment: Mapping[str, str]) -> tuple[int, str]:
    """Return the exit code and the output of a program."""
    process = start(root, *command, environment=environment)
    said, _ = process.communicate(timeout=60)
    return process.returncode, said
