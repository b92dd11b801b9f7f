"""buildah, which builds images without a daemon, with a store of its own that needs nothing of the kernel."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


class Buildah:
    """Runs buildah over the images and containers in the folder `store`; each call raises CalledProcessError."""

    def __init__(self, store: Path) -> None:
        self._command = (
            *("buildah", "--root", str(store / "images"), "--runroot", str(store / "run")),
            *("--storage-driver", "vfs"),
        )

    def begin(self, image: str) -> str:
        """Return a new container of an image that is there."""
        return self._output("from", "--pull-never", image)

    def copy(self, container: str, source: Path, target: str) -> None:
        """Copy a file, or what is in a folder, into a container."""
        self._call("copy", "--quiet", container, str(source), target)

    def run(self, container: str, *command: str) -> None:
        """Run a command in a container."""
        self._call("run", "--isolation", "chroot", container, "--", *command)

    def configure(self, container: str, environment: Mapping[str, str]) -> None:
        """Give a container's image variables."""
        self._call("config", *(f"--env={name}={value}" for name, value in environment.items()), container)

    def commit(self, container: str, name: str) -> None:
        """Make an image of a container, and remove that."""
        self._call("commit", "--quiet", "--rm", container, name)

    def build(self, context: Path, dockerfile: Path, name: str) -> None:
        """Build a Dockerfile upon images that are there; what it says is shown."""
        options = ("--isolation", "chroot", "--pull-never", "--layers=false")
        self._call("bud", *options, "--file", str(dockerfile), "--tag", name, str(context), quiet=False)

    @contextmanager
    def mounted(self, image: str) -> Iterator[Path]:
        """Yield the root of the files of an image."""
        container = self.begin(image)
        try:
            yield Path(self._output("mount", container))
        finally:
            self._call("rm", container)

    def _output(self, *arguments: str) -> str:
        done = subprocess.run([*self._command, *arguments], check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout.strip()

    def _call(self, *arguments: str, quiet: bool = True) -> None:
        output = subprocess.DEVNULL if quiet else None
        subprocess.run([*self._command, *arguments], check=True, stdout=output)
