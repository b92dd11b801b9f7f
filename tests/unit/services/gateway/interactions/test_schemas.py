"""The documented bodies have exactly the fields the door reads and writes."""

from __future__ import annotations

import msgspec
import pytest
from pydantic import BaseModel

from libs.contracts.interactions import Interaction
from services.gateway.interactions.schemas import InteractionIn, RecordedInteractionOut
from services.gateway.interactions.validation import InteractionBody


@pytest.mark.parametrize(
    ("documented", "real"),
    [(InteractionIn, InteractionBody), (RecordedInteractionOut, Interaction)],
)
def test_documents_and_door_agree(documented: type[BaseModel], real: type[msgspec.Struct]) -> None:
    names = {field.alias for field in documented.model_fields.values()}

    assert names == {field.encode_name for field in msgspec.structs.fields(real)}


def test_the_documented_examples_are_valid() -> None:
    for model in (InteractionIn, RecordedInteractionOut):
        extra = model.model_config["json_schema_extra"]
        assert isinstance(extra, dict)
        model.model_validate(extra["example"])
