"""Types of integration as `GET /integration-types` shows them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from services.workflows.integrations.types.form import AccountForm, IntegrationType
from services.workflows.task_types.registry import built_in_types


def type_json(one: IntegrationType) -> dict[str, Any]:
    """Return a type's JSON shape."""
    return {
        "type": one.type,
        "title": one.title,
        "description": one.description,
        **_form_json(one.account),
        "provider": None if one.provider is None else _form_json(one.provider),
        "taskTypes": [task.face.type for task in built_in_types() if one.type in task.face.integrations],
    }


def _form_json(form: AccountForm) -> dict[str, Any]:
    """Return the settings as a JSON Schema whose properties say their order, and the secrets."""
    schema = form.settings.model_json_schema()
    properties = (
        {name: {**one, "x-order": place} for place, (name, one) in enumerate(schema["properties"].items())}
        if schema.get("properties")
        else {}
    )
    settings = {"type": "object", "properties": properties, "required": schema.get("required", [])}
    return {"settings": settings, "secrets": [asdict(key) for key in form.secrets]}
