"""The resource types an event may name beside the tenant's own mnemonics, declared once for the door and the reads."""

from __future__ import annotations

from typing import Final

REFERENCE_TYPES: Final = frozenset(
    (
        "action_run",
        "agent_spec",
        "artifact",
        "automation",
        "automation_run",
        "chat_thread",
        "connection",
        "decision",
        "flashboard",
        "inbound_message",
        "template",
    )
)
"""Those of the reference API; a resource of theirs is identified by a UUID."""

PLATFORM_TYPES: Final = frozenset(
    (
        "tenant",
        "user",
        "session",
        "api_key",
        "signing_key",
        "resource_type",
        "action",
        "origin",
        "event_type_schema",
    )
)
"""Waymark's own objects, whose changes are events."""

CLOUD_EVENT: Final = "cloud_event"
"""What a CloudEvent without the extension `resourcetype` is of."""

SERVICE: Final = "service"
"""What telemetry is of: `resourceId` is the service's name."""

BUILT_IN_TYPES: Final = REFERENCE_TYPES | PLATFORM_TYPES | {CLOUD_EVENT, SERVICE}
