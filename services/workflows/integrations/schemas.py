"""Bodies and answers of the routes of providers, integrations and their types."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints

from libs.httpkit.camel import Camel, CamelBody
from libs.httpkit.paging import Pagination
from services.workflows.definitions.model import NAME_PATTERN
from services.workflows.integrations import examples
from services.workflows.integrations.model import MAX_SECRET_CHARS

Name = Annotated[str, StringConstraints(pattern=f"^{NAME_PATTERN}$")]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=MAX_SECRET_CHARS)]
Settings = Annotated[dict[str, Any], Field(description="As `/api/v1/integration-types` describes them.")]


class AccountPutIn(CamelBody):
    """A provider or an integration but for its name and type."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"settings": examples.INTEGRATION_IN["settings"], "secrets": {"PASSWORD": "battery staple"}}
        }
    )

    provider: str | None = Field(default=None, description="Of an integration: the name of a provider of its type.")
    settings: Settings = Field(default_factory=dict)
    secrets: dict[str, Secret | None] = Field(
        default_factory=dict, max_length=20, description="Those that are left out stay; null takes one away."
    )


class _NameAndType(CamelBody):
    """A base of its own, so that both are checked and shown first."""

    name: Name
    type: str


class AccountIn(AccountPutIn, _NameAndType):
    """A provider (an application registered elsewhere), or an integration (an account with it, or with a server)."""

    model_config = ConfigDict(json_schema_extra={"example": examples.INTEGRATION_IN})


class SecretOut(Camel):
    """A secret, which is set; its value is never shown."""

    set: bool
    updated_at: str


class AccountOut(Camel):
    """A provider or an integration."""

    model_config = ConfigDict(json_schema_extra={"example": examples.INTEGRATION})

    id: uuid.UUID
    name: str
    type: str
    provider: str | None
    settings: dict[str, Any]
    secrets: dict[str, SecretOut]
    version: int
    created_date: str
    created_by: str
    modified_date: str
    modified_by: str


class AccountsOut(Camel):
    """A page of providers or integrations, by name."""

    data: list[AccountOut]
    pagination: Pagination


class ProbeOut(Camel):
    """The outcome of a test."""

    model_config = ConfigDict(json_schema_extra={"example": {"ok": True, "detail": "logged in", "latencyMs": 84}})

    ok: bool
    detail: str
    latency_ms: int


class SecretKeyOut(Camel):
    """A secret that a type has."""

    key: str
    title: str
    description: str
    required: bool


class AccountFormOut(Camel):
    """The settings, a JSON Schema, and the secrets of a type."""

    settings: dict[str, Any]
    secrets: list[SecretKeyOut]


class IntegrationTypeOut(AccountFormOut):
    """A type of integration; where it needs a provider, that one's settings and secrets are there too."""

    type: str
    title: str
    description: str
    provider: AccountFormOut | None
    task_types: list[str] = Field(description="The types of tasks that use it.")


class IntegrationTypesOut(Camel):
    """All types of integration."""

    data: list[IntegrationTypeOut]
