"""The JSON Schemas of task types' fields and outputs, with words beside the standard ones.

`title` names a field in a form, `x-order` is its place. `x-secret` marks a value that is never shown, `x-code` a
program text by its language, `x-variables` what an expression may name where that is not the session, `x-literal` a
field that takes no reference and no blank (program texts are literal as well), `x-task` a task within the task.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

TEXT: Final = "string"
CEL: Final = "cel"
PYTHON: Final = "python"


def form(properties: Mapping[str, Schema], *, required: tuple[str, ...] = ()) -> Schema:
    """Return the schema of an object with these properties alone, shown in their order."""
    ordered = {name: {**schema, "x-order": place} for place, (name, schema) in enumerate(properties.items())}
    return {"type": "object", "properties": ordered, "required": list(required), "additionalProperties": False}


def outputs(properties: Mapping[str, Schema]) -> Schema:
    """Return the schema of an output that has all of these properties."""
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


def text(title: str, description: str = "", *, limit: int | None = None, **words: Any) -> Schema:
    """Return the schema of a text of 1 to `limit` characters."""
    bounds = {} if limit is None else {"minLength": 1, "maxLength": limit}
    return described({"type": TEXT, **bounds, **words}, title, description)


def described(schema: Schema, title: str, description: str = "") -> Schema:
    """Return the schema under a title, with a description where there is one."""
    return {"title": title, **({"description": description} if description else {}), **schema}


def titled(schema: Schema) -> Schema:
    """Return the schema of an object whose properties all have a title: their own, else their name."""
    named = {name: {"title": name, **field} for name, field in schema.get("properties", {}).items()}
    return {**schema, "properties": named}


def nullable(schema: Schema) -> Schema:
    """Return the schema as one that takes null as well."""
    return {**schema, "type": [schema["type"], "null"]}
