"""Types of tasks as answers show them."""

from __future__ import annotations

from typing import Any

import msgspec

from services.workflows.task_types.model import TypeFace


def face_json(face: TypeFace) -> dict[str, Any]:
    """Return the JSON shape of a type."""
    return {
        "type": face.type,
        "title": face.title,
        "description": face.description,
        "fields": face.fields,
        "outputs": face.outputs,
        "effect": face.effect,
        "retry": msgspec.to_builtins(face.retry),
        "timeoutMs": face.timeout_ms,
        "maxTimeoutMs": face.max_timeout_ms,
        "integrations": list(face.integrations),
        "needsIntegration": face.needs_integration,
    }
