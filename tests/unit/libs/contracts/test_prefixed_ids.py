"""Ids with the kind of their object: only what was made so is read."""

from __future__ import annotations

import uuid

import pytest

from libs.contracts.prefixed_ids import prefixed_id, read_prefixed_id

ID = uuid.UUID("0199439c-1a2b-7c3d-8e4f-5a6b7c8d9e0f")
TEXT = "metric_0199439c1a2b7c3d8e4f5a6b7c8d9e0f"


def test_an_id_is_read_back() -> None:
    assert prefixed_id("metric", ID) == TEXT
    assert read_prefixed_id("metric", TEXT) == ID


@pytest.mark.parametrize(
    "text", ["", "metric", "metric_", TEXT[:-1], TEXT + "0", TEXT.upper(), "run" + TEXT[6:], str(ID)]
)
def test_no_other_text_is_an_id(text: str) -> None:
    assert read_prefixed_id("metric", text) is None
