"""Stand-ins for the images that the Dockerfile begins with: trees of Debian's packages, with Node where it is needed.

Docker Hub's own images are never fetched. A stand-in has the same name and the same release of Debian, so that what is
built on it shows whether the Dockerfile's lines work, and not whether Docker Hub's images do.
"""

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from deploy.console.node import fetched_home
from deploy.image.buildah import Buildah

_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_PACKAGES = "ca-certificates,python-is-python3,python3,python3-venv"
_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
    # What the machine trusts counts inside as well, such as the certificates of a proxy of its own.
    "PIP_CERT": str(_CERTIFICATES),
    "NODE_EXTRA_CA_CERTS": str(_CERTIFICATES),
}


class BaseImage(NamedTuple):
    """An image that a Dockerfile begins with: its name, the release of Debian in it, and whether Node is."""

    name: str
    release: str
    has_node: bool


def base_images(dockerfile: str) -> Sequence[BaseImage]:
    """Return the images named in the Dockerfile's text, each once. Raises ValueError for one without a release."""
    names = dict.fromkeys(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE))
    return [_base_image(name) for name in names]


def _base_image(name: str) -> BaseImage:
    release = re.search(r"-(bookworm|trixie)\b", name)
    if release is None:
        raise ValueError(f"{name} does not say which release of Debian it has")
    return BaseImage(name, release[1], has_node=name.startswith("node:"))


def make(image: BaseImage, buildah: Buildah, trees: Path) -> None:
    """Make the stand-in of an image out of a tree of its release under `trees`, which is kept."""
    tree = debian_tree(image.release, trees)
    container = buildah.begin("scratch")
    buildah.copy(container, tree, "/")
    if image.has_node:
        home = fetched_home()
        buildah.copy(container, home / "bin/node", "/usr/local/bin/node")
        buildah.copy(container, home / "lib/node_modules", "/usr/local/lib/node_modules")
        buildah.run(container, "ln", "-s", "../lib/node_modules/npm/bin/npm-cli.js", "/usr/local/bin/npm")
    buildah.configure(container, _ENVIRONMENT)
    buildah.commit(container, f"docker.io/library/{image.name}")


def debian_tree(release: str, trees: Path) -> Path:
    """Return the tree of a release, unpacked from Debian's packages where it is not there yet."""
    tree = trees / release
    if not tree.is_dir():
        partial = trees / f".{release}-partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        options = ("--variant=minbase", f"--include={_PACKAGES}")
        subprocess.run(["debootstrap", *options, release, str(partial)], check=True, stdout=subprocess.DEVNULL)
        partial.rename(tree)
    shutil.copy(_CERTIFICATES, tree / _CERTIFICATES.relative_to("/"))
    return tree
