"""How much a browser loads before it can show the first page."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from deploy.console.build import Web

SCRIPT_BYTES, STYLE_BYTES = 250_000, 50_000
CHARTS = b"uplot"


@pytest.fixture(scope="module")
def initial() -> tuple[list[bytes], list[bytes]]:
    """The scripts and the style sheets that come with the page itself, not when something needs them."""
    web = Web()
    web.build()
    manifest = json.loads((web.dist / ".vite" / "manifest.json").read_bytes())
    chunks = {chunk["file"]: chunk for chunk in _with_imports(manifest, "index.html")}
    styles = {style for chunk in chunks.values() for style in chunk.get("css", ())}
    return _contents(web.dist, chunks), _contents(web.dist, styles)


def test_the_first_scripts_and_styles_are_small(initial: tuple[list[bytes], list[bytes]]) -> None:
    scripts, styles = (sum(len(gzip.compress(one)) for one in kind) for kind in initial)
    assert 0 < scripts <= SCRIPT_BYTES
    assert 0 < styles <= STYLE_BYTES


def test_charts_are_loaded_when_needed(initial: tuple[list[bytes], list[bytes]]) -> None:
    assert not [one for kind in initial for one in kind if CHARTS in one.lower()]


def _with_imports(manifest: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    yield manifest[name]
    for imported in manifest[name].get("imports", ()):
        yield from _with_imports(manifest, imported)


def _contents(dist: Path, names: Mapping[str, Any] | set[str]) -> list[bytes]:
    return [(dist / name).read_bytes() for name in names]
