"""The workflow that the documents show."""

from __future__ import annotations

from pydantic import JsonValue

from services.workflows.definitions.endpoint import paths_of

_ID = "0199439c-0440-70db-8d54-f9add9ea5f62"
_WHEN = "2026-01-15T10:30:00.000Z"

TASKS: dict[str, JsonValue] = {
    "Fetch": {
        "type": "http-request",
        "body": {"url": {"$format": "https://shop.example/orders/{input.id|url}"}},
        "position": {"x": 4, "y": 8},
    },
    "Big": {
        "type": "condition",
        "body": {"expression": "tasks.Fetch.output.body.total > 100"},
        "executeAfter": {"Fetch": ["completed"]},
    },
    "Tell": {
        "type": "send-tweet",
        "integration": "ours",
        "body": {"text": ""},
        "executeAfter": {"Big": ["completed"]},
        "timeoutMs": 30000,
        "retry": {"maxAttempts": 3, "initialMs": 1000, "factor": 2, "maxMs": 60000},
        "effect": "at-least-once",
    },
}
DRAFT: dict[str, JsonValue] = {
    "name": "order-paid",
    "description": "Tells of large orders",
    "access": "editor",
    "timeoutMs": 86400000,
    "tasks": TASKS,
    "output": {"$format": "Order {input.id}: {tasks.Fetch.output.body.total}"},
}
WARNING: dict[str, JsonValue] = {
    "loc": ["body", "tasks", "Tell", "integration"],
    "msg": "there is no integration 'ours' of the type twitter",
    "type": "integration_missing",
}
STATE: dict[str, JsonValue] = {
    "id": _ID,
    "active": False,
    "version": 1,
    "activeVersion": None,
    "endpoint": "/run/order-paid",
    "createdDate": _WHEN,
    "createdBy": _ID,
    "modifiedDate": _WHEN,
    "modifiedBy": _ID,
    "archivedDate": None,
}
WORKFLOW: dict[str, JsonValue] = {**DRAFT, "maxSessions": None, **STATE, "warnings": [WARNING]}
SUMMARY: dict[str, JsonValue] = {
    "name": "order-paid",
    "description": "Tells of large orders",
    "access": "editor",
    "timeoutMs": 86400000,
    "maxSessions": None,
    "taskCount": 3,
    **STATE,
    "sessions24h": {"completed": 40, "failed": 2},
}
_TEXT: dict[str, JsonValue] = {
    "title": "Text",
    "description": "The text of the tweet.",
    "type": "string",
    "minLength": 1,
    "maxLength": 25000,
}
BODY_SCHEMA: dict[str, JsonValue] = {
    "type": "object",
    "properties": {
        "Tell": {"type": "object", "properties": {"text": _TEXT}, "required": ["text"]},
    },
    "required": ["Tell"],
}
BODY: dict[str, JsonValue] = {"Tell": {"text": ""}}
BLANK: dict[str, JsonValue] = {
    "place": ["Tell", "text"],
    "pointer": "/Tell/text",
    "schema": _TEXT,
    "required": True,
    "secret": False,
}
ENDPOINT: dict[str, JsonValue] = {
    "method": "POST",
    "url": "http://127.0.0.1:8080/run/order-paid",
    "headers": {"Authorization": "Bearer <token>", "Content-Type": "application/json"},
    "body": BODY,
    "bodySchema": BODY_SCHEMA,
    "curl": "curl -X POST http://127.0.0.1:8080/run/order-paid -H 'Authorization: Bearer <token>'"
    ' -H \'Content-Type: application/json\' -d \'{"Tell":{"text":""}}\'',
    "openapi": paths_of("order-paid", BODY_SCHEMA, BODY),
    "active": False,
}
VERSION: dict[str, JsonValue] = {
    "version": 1,
    "active": True,
    "description": "Tells of large orders",
    "access": "editor",
    "timeoutMs": 86400000,
    "maxSessions": None,
    "taskCount": 3,
    "changed": [],
    "createdDate": _WHEN,
    "createdBy": _ID,
}
