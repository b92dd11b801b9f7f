"""Fields of bodies: one that may be left out, but is no null."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, StringConstraints, ValidationError

from libs.httpkit.fields import IfSent


class Changes(BaseModel):
    name: IfSent[Annotated[str, StringConstraints(min_length=1)]] = None
    status: IfSent[Literal["on", "off"]] = None


def test_what_is_left_out_is_none_and_what_is_sent_is_no_null() -> None:
    assert Changes() == Changes.model_construct()
    assert Changes(status="on").model_fields_set == {"status"}
    with pytest.raises(ValidationError) as refused:
        Changes.model_validate({"name": None, "status": None})
    assert [one["loc"] for one in refused.value.errors()] == [("name",), ("status",)]


def test_the_document_has_no_null() -> None:
    assert Changes.model_json_schema()["properties"] == {
        "name": {"minLength": 1, "title": "Name", "type": "string"},
        "status": {"enum": ["on", "off"], "title": "Status", "type": "string"},
    }
