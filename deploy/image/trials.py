"""What a built image is tried for, in its own files and confined as compose confines it."""

import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.image import confinement

_READY_S = 30.0
_BUILDING_MATERIAL = ("/node_modules/", "/web/src/", "/tests/support/", "/.git/")


class TrialFailed(Exception):
    """The image does not do what it should; the message says what it did."""


class ImageTrials:
    """The trials of the image whose files are at `root`; `environment` are its variables, `services` its services."""

    def __init__(self, root: Path, environment: dict[str, str], services: Sequence[str]) -> None:
        self._root = root
        self._environment = environment
        self._services = services

    def all(self) -> Sequence[Callable[[], str]]:
        """Return every trial; each returns what it saw. Raises TrialFailed."""
        return (self.start_commands, self.write, self.look_for_material, self.serve_console)

    def start_commands(self) -> str:
        """Start the command line and each service's program."""
        self._run("waymark", "--help")
        for service in self._services:
            self._run("python", "-m", f"services.{service}", "--help")
        return f"waymark and {len(self._services)} services say how they are used, as {self._run('id', '-u').strip()}"

    def write(self) -> str:
        """Write where the image may not be written, and to `/tmp`, which may."""
        for place in ("/", "/venv", "/data", "/secrets", "/var/tmp"):  # noqa: S108  # must be refused
            code, said = self._outcome("touch", f"{place}/tried")
            if code == 0:
                raise TrialFailed(f"{place} can be written: {said}")
        self._run("touch", "/tmp/tried")  # noqa: S108  # the container's own
        return "nothing but /tmp can be written"

    def look_for_material(self) -> str:
        """Look for files that were needed for building alone."""
        files = [path for path in self._root.rglob("*") if not path.is_symlink() and path.is_file()]
        found = [path for path in files if any(part in f"{path}/" for part in _BUILDING_MATERIAL)]
        if found:
            raise TrialFailed(f"the image has {len(found)} files of its building, such as {found[0]}")
        return f"no building material among {sum(path.stat().st_size for path in files) / 1e6:,.0f} MB"

    def serve_console(self) -> str:
        """Serve the console, and get the page that was built and its script."""
        with self._serving("console") as url:
            page = _get(f"{url}/console/")
            script = re.search(r'src="(/console/assets/[^"]+\.js)"', page)
            if script is None:
                raise TrialFailed(f"the console's page names no script: {page[:300]}")
            size = len(_get(url + script[1]))
        return f"the console's page is served, its script has {size:,} bytes"

    @contextmanager
    def _serving(self, service: str) -> Iterator[str]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        environment = self._environment | {"WAYMARK_PORT": str(port)}
        process = confinement.start(self._root, "python", "-m", f"services.{service}", environment=environment)
        url = f"http://127.0.0.1:{port}"
        try:
            _await_ready(url, process)
            yield url
        finally:
            process.terminate()
            process.communicate()

    def _run(self, *command: str) -> str:
        code, said = self._outcome(*command)
        if code != 0:
            raise TrialFailed(f"{' '.join(command)} ended with {code}: {said[-1000:]}")
        return said

    def _outcome(self, *command: str) -> tuple[int, str]:
        return confinement.run(self._root, *command, environment=self._environment)


def _await_ready(url: str, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + _READY_S
    while True:
        try:
            _get(f"{url}/readyz")
        except (OSError, urllib.error.URLError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                process.terminate()
                raise TrialFailed(f"not ready ({error}): {process.communicate()[0][-1000:]}") from None
            time.sleep(0.2)
        else:
            return


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  # our own address
        text: str = answer.read().decode()
        return text
