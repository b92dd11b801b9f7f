"""`python -m deploy.image`: build the image of the Dockerfile and try it, without a daemon and without a registry."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from deploy.image import base_images
from deploy.image.buildah import Buildah
from deploy.image.trials import ImageTrials, TrialFailed

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
CACHE = ROOT / ".cache" / "image"
IMAGE = "localhost/waymark:local"
_NEEDED = ("buildah", "debootstrap", "unshare", "setpriv")


def main() -> int:
    """Build and try; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.image",
        description="Build the image with buildah upon trees of Debian's packages, and try it. Takes minutes.",
    )
    parser.add_argument("--fresh", action="store_true", help="Make the base images anew.")
    fresh: bool = parser.parse_args().fresh
    if missing := [name for name in _NEEDED if shutil.which(name) is None]:
        print(f"needed: {', '.join(missing)}; on Debian `apt-get install buildah debootstrap`", file=sys.stderr)
        return 1
    if os.geteuid() != 0:
        print("needed: root, to mount and to change roots", file=sys.stderr)
        return 1
    if fresh:
        shutil.rmtree(CACHE, ignore_errors=True)
    try:
        _build_and_try(Buildah(CACHE / "store"))
    except (TrialFailed, subprocess.CalledProcessError) as error:
        print(f"the image will not do: {error}", file=sys.stderr)
        return 1
    return 0


def _build_and_try(buildah: Buildah) -> None:
    began_s = time.monotonic()
    text = DOCKERFILE.read_text(encoding="utf-8")
    for image in base_images.base_images(text):
        print(f"Making a stand-in of {image.name} out of Debian's packages", flush=True)
        base_images.make(image, buildah, CACHE / "trees")
    buildah.build(ROOT, DOCKERFILE, IMAGE)
    print(f"built after {time.monotonic() - began_s:.0f} s")
    with buildah.mounted(IMAGE) as root:
        for trial in ImageTrials(root, variables(text), _services()).all():
            print(trial())
    print(f"the image holds, after {time.monotonic() - began_s:.0f} s")


def variables(dockerfile: str) -> dict[str, str]:
    """Return the variables that the Dockerfile's last stage sets, upon a plain search path."""
    last = dockerfile.rpartition("\nFROM ")[2]
    path = "/usr/local/bin:/usr/bin:/bin"
    pairs = re.findall(r"(?:^ENV | {4})([A-Z_]+)=(\S+)", last, re.MULTILINE)
    return {"PATH": path} | {name: value.replace("$PATH", path) for name, value in pairs}


def _services() -> list[str]:
    return sorted(path.parent.name for path in (ROOT / "services").glob("*/__main__.py"))


if __name__ == "__main__":
    sys.exit(main())
