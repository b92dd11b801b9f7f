"""The two kinds of rules as objects: their words, and their JSON shape as the API and their events have it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final

from libs.contracts.metric_values import metric_text
from libs.contracts.paths import METRICS
from libs.contracts.prefixed_ids import prefixed_id, read_prefixed_id
from libs.contracts.times import format_time
from libs.objects.kinds import ObjectId, ObjectKind
from services.metrics.rules.model import CustomerRule


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleKind:
    """A kind of rule: the name of its objects in events, its noun in messages, its path, and how its ids begin."""

    name: str
    noun: str
    plural: str
    path: str
    id_prefix: str

    @property
    def objects(self) -> ObjectKind[CustomerRule]:
        """The rules of the kind as objects."""
        return ObjectKind(
            service=METRICS,
            name=self.name,
            identify=lambda rule: ObjectId(rule.tenant_id, self.id_text(rule.id)),
            payload=self.json,
        )

    def id_text(self, rule_id: uuid.UUID) -> str:
        """Return the id of a rule as clients have it."""
        return prefixed_id(self.id_prefix, rule_id)

    def read_id(self, text: str) -> uuid.UUID | None:
        """Return the id of a rule that clients have as `text`; None for a text that is none."""
        return read_prefixed_id(self.id_prefix, text)

    def json(self, rule: CustomerRule) -> dict[str, Any]:
        """Return a rule's JSON shape."""
        terms = rule.terms
        return {
            "id": self.id_text(rule.id),
            "name": terms.name,
            "description": terms.description,
            "status": terms.status,
            "ruleType": terms.rule_type,
            "config": {
                "metricId": metric_text(terms.metric_id),
                "operator": terms.condition.operator,
                "value": terms.condition.value,
                "dimensions": terms.condition.dimensions,
            },
            "priority": terms.priority,
            "version": rule.version,
            "createdAt": format_time(rule.created_at),
            "createdBy": rule.created_by,
            "updatedAt": format_time(rule.updated_at),
            "updatedBy": rule.updated_by,
        }


CONTACT_POLICY: Final = RuleKind(
    name="contact_policy",
    noun="contact policy",
    plural="contact policies",
    path="/api/v1/contact-policies",
    id_prefix="cp",
)
QUALIFICATION_RULE: Final = RuleKind(
    name="qualification_rule",
    noun="qualification rule",
    plural="qualification rules",
    path="/api/v1/qualification-rules",
    id_prefix="qr",
)
RULE_KINDS: Final = {kind.name: kind for kind in (CONTACT_POLICY, QUALIFICATION_RULE)}
