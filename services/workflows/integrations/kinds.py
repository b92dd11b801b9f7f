"""Providers and integrations as objects: their JSON shape, which has the keys of secrets and never a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from libs.contracts.paths import WORKFLOWS
from libs.contracts.times import format_time
from libs.objects.kinds import ObjectId, ObjectKind
from services.workflows.integrations.model import INTEGRATION, PROVIDER, Account, AccountKind, secrets_json


def account_json(one: Account) -> dict[str, Any]:
    """Return the JSON shape that the API and the events have in common."""
    return {
        "id": str(one.id),
        "name": one.name,
        "type": one.type,
        "provider": one.provider,
        "settings": one.settings,
        "secrets": secrets_json(one.secrets),
        "version": one.version,
        "createdDate": format_time(one.created_at),
        "createdBy": one.created_by,
        "modifiedDate": format_time(one.updated_at),
        "modifiedBy": one.updated_by,
    }


def _objects(kind: AccountKind) -> ObjectKind[Account]:
    return ObjectKind(
        service=WORKFLOWS,
        name=kind,
        identify=lambda one: ObjectId(one.tenant_id, str(one.id)),
        payload=account_json,
    )


ACCOUNTS: Final[Mapping[AccountKind, ObjectKind[Account]]] = {kind: _objects(kind) for kind in (PROVIDER, INTEGRATION)}
