"""Renders the blocking client from the asynchronous one: the same text without its waiting, under other names.

What threads and tasks truly do differently is in each half's `waiting.py`, which is written by hand.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

SOURCE = Path("waymark/client/asynchronous")
TARGET = Path("waymark/client/blocking")
WRITTEN_BY_HAND = frozenset({"__init__.py", "waiting.py"})

_REPLACEMENTS = (
    (r"\ban `async with`", "a `with`"),
    (r"\b(?:async|await) ", ""),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\basynchronous\b", "blocking"),
    (r"\b__a(?=(?:enter|exit|next)__)", "__"),
    (r"\ba(?=(?:next|close|read|iter_bytes)\()", ""),
    (r"\btask\b", "thread"),
    (r"\bBelongs to one event loop\b", "Threads may share it"),
)
_MENDED_BY_RUFF = "F401,I,UP028"
"""Imports that are not used any more, imports in another order, loops that only yield."""


def render_blocking_client(root: Path) -> dict[Path, bytes]:
    """Path → content of every file of the blocking client that is not written by hand."""
    sources = [path for path in sorted((root / SOURCE).glob("*.py")) if path.name not in WRITTEN_BY_HAND]
    return {root / TARGET / source.name: _render(root, source.name, source.read_text()).encode() for source in sources}


def _render(root: Path, name: str, text: str) -> str:
    for pattern, replacement in _REPLACEMENTS:
        text = re.sub(pattern, replacement, text)
    head = f"# Rendered by tests/support/blocking_client.py from {SOURCE / name}: change that file.\n"
    mended = _ruff(root, name, head + text, "check", "--fix", "--unsafe-fixes", "--select", _MENDED_BY_RUFF, "--quiet")
    return _ruff(root, name, mended, "format")


def _ruff(root: Path, name: str, text: str, *command: str) -> str:
    arguments = (sys.executable, "-m", "ruff", *command, "--stdin-filename", str(TARGET / name), "-")
    return subprocess.run(arguments, input=text, cwd=root, check=True, capture_output=True, text=True).stdout
