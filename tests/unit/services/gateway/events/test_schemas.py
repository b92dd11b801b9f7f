"""The documented body has exactly the members the door reads; the documented examples are taken."""

from __future__ import annotations

import json

import msgspec
import pytest

from libs.service.app import create_service_app
from services.gateway.events.cloudevents import structured_draft
from services.gateway.events.routes import EVENTS_PATH
from services.gateway.events.schemas import CLOUD_EVENT, EVENT, EventIn
from services.gateway.events.validation import EventBody, own_draft
from services.gateway.service import SERVICE
from services.gateway.settings import GatewaySettings


def test_document_and_door_agree() -> None:
    names = {field.alias or name for name, field in EventIn.model_fields.items()}
    assert names == {field.encode_name for field in msgspec.structs.fields(EventBody)}


def test_the_examples_are_taken() -> None:
    assert own_draft(json.dumps(EVENT).encode()).type == EVENT["eventType"]
    assert structured_draft("acme", json.dumps(CLOUD_EVENT).encode()).type == CLOUD_EVENT["type"]
    EventIn.model_validate(EVENT)


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/x-ndjson",
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
        "text/plain",
        "application/octet-stream",
    ],
)
def test_every_content_type_has_an_example(kind: str) -> None:
    operation = create_service_app(SERVICE, GatewaySettings()).openapi()["paths"][EVENTS_PATH]["post"]
    assert operation["requestBody"]["content"][kind]["examples"]
