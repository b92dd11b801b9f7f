"""Values of a tenant's own task types: code under a name, with the schema of its inputs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

OWN_TYPE: Final = "task_type"
NOUN: Final = "task type"

TYPE_PATTERN: Final = "[a-z0-9][a-z0-9-]{0,99}"
MAX_TYPES: Final = 1_000
"""The most own types of a tenant."""


class OwnTypeDefinition(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A version of an own type. `inputs` is the JSON Schema of an object, `code` has `def main(inputs)`."""

    title: str
    description: str = ""
    inputs: dict[str, Any]
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTaskType:
    """An own type as an object of a tenant."""

    tenant_id: str
    type: str
    version: int
    definition: OwnTypeDefinition
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
