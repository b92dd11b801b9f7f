"""Documents name files that exist: a README's within its folder, or by their whole path."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FOLDERS = ("deploy", "docs", "examples", "libs", "services", "tests", "waymark")
NAMES = sorted(path.relative_to(ROOT).as_posix() for folder in FOLDERS for path in (ROOT / folder).rglob("*.*"))
DOCUMENTS = ["README.md", *(name for name in NAMES if name.endswith(".md"))]
ABSENT = {"utils.py"}
"""Named for what there is none of."""
_NAMED = re.compile(r"`((?:[\w.-]+/)*[\w-]+\.(?:py|sql))`")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_names_files_that_exist(document: str) -> None:
    folder = "" if document.startswith("docs/") else document.rpartition("/")[0]
    within = [f"/{name}" for name in NAMES if name.startswith(folder)]
    for named in set(_NAMED.findall((ROOT / document).read_text())) - ABSENT:
        exists = (ROOT / named).exists() or any(name.endswith(f"/{named}") for name in within)
        assert exists, f"{document} names {named}"
