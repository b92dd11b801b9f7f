"""Whatever it finds, the doctor goes on to the next part."""

from __future__ import annotations

from pathlib import Path

import pytest

from libs.service.private_files import CREDENTIALS_FILE
from waymark.examination import examine
from waymark.settings import read_settings


@pytest.mark.parametrize("text", ["{", "[]", "null"])
async def test_credentials_that_cannot_be_read_are_one_finding(tmp_path: Path, text: str) -> None:
    (tmp_path / CREDENTIALS_FILE).write_text(text, encoding="utf-8")
    findings = {finding.what: finding for finding in await examine(read_settings(data_dir=tmp_path), None)}
    assert not findings["server"].good
    assert {"python", "disk", "credentials", "database"} <= findings.keys()
