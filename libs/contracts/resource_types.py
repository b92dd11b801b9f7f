"""The resource types an event may name, declared once for the door and the reads, so that what is taken is found.

They are those declared here and the mnemonics of the tenant's catalog, archived ones too, in the catalog's spelling.
"""

from __future__ import annotations

from collections.abc import Callable
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

DEAD_LETTER: Final = "dead_letter"
"""A record that a projection or reactor could not apply."""

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
        "critical_interaction",
        "slo",
        "webhook",
        "alert_rule",
        "behavioral_metric",
        "contact_policy",
        "qualification_rule",
        "workflow",
        "task_type",
        "provider",
        "integration",
        DEAD_LETTER,
    )
)
"""Waymark's own objects, whose changes are events."""

CLOUD_EVENT: Final = "cloud_event"
"""The type of a CloudEvent without the extension `resourcetype`."""

SERVICE: Final = "service"
"""The type of telemetry: `resourceId` is the service's name."""

BUILT_IN_TYPES: Final = REFERENCE_TYPES | PLATFORM_TYPES | {CLOUD_EVENT, SERVICE}


def find_type(resource_type: str, mnemonic_of: Callable[[str], str | None]) -> str | None:
    """Return the type as events have it, None when there is none.

    `mnemonic_of` is the catalog's spelling of a mnemonic.
    """
    return resource_type if resource_type in BUILT_IN_TYPES else mnemonic_of(resource_type)


def unknown_type_text(resource_type: str) -> str:
    """Return the message for a resource type that does not exist."""
    expected = f"one of {', '.join(sorted(BUILT_IN_TYPES))} or a resource type of the catalog is expected"
    return f"{resource_type[:40]!r} is no resource type: {expected}"
