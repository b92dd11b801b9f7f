"""Java, Maven and the broker's jars: found, or fetched from the system's packages and Maven's registry.

A directory of jars is complete or not there: filled beside its place and renamed, under a lock shared by all runs.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
CACHE = POM.parents[2] / ".cache" / "kafka"
JAVA_PACKAGE = "openjdk-17-jre-headless"
MAVEN_PACKAGE = "maven"
OLDEST_JAVA = 17
PLEA = f"Kafka needs Java {OLDEST_JAVA} or newer, and Maven: install the packages {JAVA_PACKAGE} and {MAVEN_PACKAGE}"


class ToolsMissing(RuntimeError):
    """Java or Maven is not there and may not be installed from here; the message names the packages."""


class FetchFailed(RuntimeError):
    """Maven could not fetch the jars; the message ends with what Maven said."""


def are_fetched() -> bool:
    """Say whether the jars are there, so that nothing has to be fetched."""
    return _directory().is_dir()


@cache
def kafka_jars() -> Path:
    """Return the directory that holds the jars named in pom.xml, fetching them at the first call.

    Raises ToolsMissing or FetchFailed.
    """
    jars = _directory()
    if jars.is_dir():
        return jars
    CACHE.mkdir(parents=True, exist_ok=True)
    with _locked(CACHE / "fetch.lock"):
        if not jars.is_dir():
            _fetch(jars)
    return jars


@cache
def java() -> str:
    """Return the path of a Java runtime new enough, installing it where that is allowed. Raises ToolsMissing."""
    return _tool("java", _is_new_enough)


def java_feature_version(banner: str) -> int:
    """Read the feature version (8, 17, 21 …) out of what `java -version` prints; 0 when there is none."""
    found = re.search(r'version "(?:1\.)?(\d+)', banner)
    return int(found.group(1)) if found else 0


def _directory() -> Path:
    return CACHE / hashlib.sha256(POM.read_bytes()).hexdigest()[:16]


def _fetch(jars: Path) -> None:
    java()
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=CACHE))
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={partial}"]
    try:
        command = [_tool("mvn"), "-q", "-B", "-f", str(POM), *goal]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise FetchFailed(f"Maven could not fetch the broker's jars:\n{(done.stdout + done.stderr)[-2000:]}")
        partial.chmod(0o755)
        partial.rename(jars)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _tool(name: str, suits: Callable[[str], bool] = lambda _path: True) -> str:
    path = shutil.which(name)
    if path and suits(path):
        return path
    _install()
    path = shutil.which(name)
    if path and suits(path):
        return path
    raise ToolsMissing(f"{PLEA} (installed now, but {name} is still not usable)")


def _install() -> None:
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists() or not shutil.which("apt-get"):
        raise ToolsMissing(PLEA)
    _apt_get("update")
    known = subprocess.run(["apt-cache", "show", JAVA_PACKAGE], capture_output=True, check=False).returncode == 0
    _apt_get(
        "install", "-y", "--no-install-recommends", JAVA_PACKAGE if known else "default-jre-headless", MAVEN_PACKAGE
    )


def _apt_get(*arguments: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(["apt-get", "-q", *arguments], capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        raise ToolsMissing(f"{PLEA} (apt-get {arguments[0]} failed: {done.stderr[-500:].strip()})")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_new_enough(path: str) -> bool:
    shown = subprocess.run([path, "-version"], capture_output=True, text=True, check=False)
    return java_feature_version(shown.stderr) >= OLDEST_JAVA
