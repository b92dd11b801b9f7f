"""The integration that the documents show."""

from __future__ import annotations

from typing import Final

from pydantic import JsonValue

_AT: Final = "2026-01-15T10:30:00.000Z"
_SET: Final[JsonValue] = {"set": True, "updatedAt": _AT}
_TIMES: Final[dict[str, JsonValue]] = {
    "version": 1,
    "createdDate": _AT,
    "createdBy": "0199439c-0440-70db-8d54-f9add9ea5f62",
    "modifiedDate": _AT,
    "modifiedBy": "0199439c-0440-70db-8d54-f9add9ea5f62",
}
INTEGRATION_IN: Final[dict[str, JsonValue]] = {
    "name": "ours",
    "type": "smtp",
    "settings": {"host": "mail.example.com", "port": 587, "security": "starttls", "from": "Shop <shop@example.com>"},
    "secrets": {"USERNAME": "shop", "PASSWORD": "correct horse"},
}
INTEGRATION: Final[dict[str, JsonValue]] = {
    "id": "0199439c-0440-70db-8d54-f9add9ea5f71",
    "name": "ours",
    "type": "smtp",
    "provider": None,
    "settings": INTEGRATION_IN["settings"],
    "secrets": {"PASSWORD": _SET, "USERNAME": _SET},
    **_TIMES,
}
