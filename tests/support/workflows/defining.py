"""Workflows of a tenant, defined and active."""

from __future__ import annotations

from typing import Any

from libs.contracts.events import SYSTEM, Cause
from libs.objects.changes import Changes
from libs.pg.database import Database
from services.workflows.definitions.checking import Checker
from services.workflows.definitions.drafts import new_draft
from services.workflows.definitions.model import Workflow
from services.workflows.definitions.rules import WorkflowRules
from services.workflows.task_types.registry import built_in_types

TRANSFORM = {"type": "transform", "body": {"expression": "1 + 1"}}
NAME = "order-paid"


async def defined(
    db: Database, *, active: bool = True, tenant_id: str = "acme", name: str = NAME, **document: Any
) -> Workflow:
    """A new workflow, of one task unless the document says otherwise; `db` has the request role."""
    whole = {"name": name, "tasks": {"A": TRANSFORM}, **document}
    async with db.tenant_transaction(tenant_id) as conn:
        change = Changes().begin(conn, tenant_id, Cause(actor=SYSTEM, correlation_id="tests"))
        rules = WorkflowRules(change, Checker(built_in_types()))
        made = await rules.create(new_draft(whole))
        return await rules.activate(name, None) if active else made
