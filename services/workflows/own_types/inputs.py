"""The schemas of own types' inputs: forms of one level, each field a JSON Schema by itself, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from libs.event_schemas.expansion import SchemaRefused
from libs.event_schemas.validator import compile_schema
from libs.httpkit.errors import Unprocessable, Violation
from services.workflows.code.runner import MAX_CODE_BYTES
from services.workflows.own_types.model import OwnTypeDefinition

_WORDS = frozenset(("type", "properties", "required", "additionalProperties", "title", "description"))


async def require_usable(definition: OwnTypeDefinition) -> None:
    """Raise Unprocessable unless the inputs are the schema of an object and the code is short enough."""
    if len(definition.code.encode()) > MAX_CODE_BYTES:
        raise Unprocessable(Violation(("body", "code"), f"at most {MAX_CODE_BYTES} bytes are expected"))
    _require_form(definition.inputs)
    await _require_schema(definition.inputs)
    for name, field in definition.inputs["properties"].items():
        await _require_schema(field, "properties", name)


async def _require_schema(schema: dict[str, Any], *place: str) -> None:
    try:
        await asyncio.to_thread(compile_schema, schema)
    except SchemaRefused as refused:
        raise _refused(refused.reason, *place, *refused.pointer) from None


def _require_form(inputs: Mapping[str, Any]) -> None:
    if inputs.get("type") != "object":
        raise _refused('"object" is expected', "type")
    if not isinstance(inputs.get("properties"), dict):
        raise _refused("an object with a schema for each field is expected", "properties")
    for word in inputs:
        if word not in _WORDS:
            raise _refused(f"only {', '.join(sorted(_WORDS))} are expected here", word)
    for name, field in inputs["properties"].items():
        if not isinstance(field, dict):
            raise _refused("a schema is expected", "properties", name)


def _refused(words: str, *place: str | int) -> Unprocessable:
    return Unprocessable(Violation(("body", "inputs", *place), words, "json_schema"))
