"""Changes of contact policies and qualification rules, each by its rule and within the caller's change.

Locks are taken in the order rule, metric; whoever deletes a metric holds it and locks no rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from libs.contracts.metric_values import metric_text
from libs.httpkit.errors import Unprocessable, Violation, require_found
from libs.objects.changes import Change
from libs.objects.limits import require_room
from libs.objects.names import NameTaken, unique
from libs.objects.versions import is_same_json
from services.metrics.definitions.store import DefinitionStore
from services.metrics.rules.errors import RuleLimitReached
from services.metrics.rules.kinds import RuleKind
from services.metrics.rules.model import MAX_RULES, CustomerRule, RuleTerms
from services.metrics.rules.store import CustomerRuleStore

_NAMES = "rule_names"


async def create(change: Change, kind: RuleKind, terms: RuleTerms) -> CustomerRule:
    """Create a rule. Raises Unprocessable, NameTaken, RuleLimitReached."""
    store = CustomerRuleStore(change.conn, change.tenant_id, kind)
    full = RuleLimitReached(limit=MAX_RULES, plural=kind.plural)
    await require_room(change, kind.objects, store.count, MAX_RULES, full)
    await _require_metric(change, terms)
    now, by = change.now(), change.cause.actor.id
    rule = CustomerRule(
        tenant_id=change.tenant_id,
        kind=kind.name,
        id=change.new_id(),
        version=1,
        terms=terms,
        created_at=now,
        created_by=by,
        updated_at=now,
        updated_by=by,
    )
    async with unique(change.conn, _NAMES, NameTaken(noun=kind.noun, name=terms.name)):
        await store.insert(rule)
    await change.publish(kind.objects, rule, "created")
    return rule


async def update(change: Change, kind: RuleKind, rule_id: str, changes: Mapping[str, Any]) -> CustomerRule:
    """Change fields of a rule; those that change nothing make no version. Raises NotFound, Unprocessable, NameTaken."""
    store = CustomerRuleStore(change.conn, change.tenant_id, kind)
    before = await _held(store, kind, rule_id)
    terms = msgspec.structs.replace(before.terms, **changes)
    if is_same_json(msgspec.to_builtins(terms), msgspec.to_builtins(before.terms)):
        return before
    if terms.is_active > before.terms.is_active or not _is_same_reference(before.terms, terms):
        await _require_metric(change, terms)
    after = replace(
        before,
        version=before.version + 1,
        terms=terms,
        updated_at=change.now(),
        updated_by=change.cause.actor.id,
    )
    async with unique(change.conn, _NAMES, NameTaken(noun=kind.noun, name=terms.name)):
        await store.update(after)
    await change.publish(kind.objects, after, "updated")
    return after


async def delete(change: Change, kind: RuleKind, rule_id: str) -> None:
    """Delete a rule; its name is free. Raises NotFound."""
    store = CustomerRuleStore(change.conn, change.tenant_id, kind)
    held = await _held(store, kind, rule_id)
    await store.delete(held.id)
    ended = replace(held, version=held.version + 1, updated_at=change.now(), updated_by=change.cause.actor.id)
    await change.publish(kind.objects, ended, "deleted")


async def identified(store: CustomerRuleStore, kind: RuleKind, text: str) -> CustomerRule:
    """Return the rule whose id clients have as `text`; raises NotFound."""
    rule_id = kind.read_id(text)
    return require_found(None if rule_id is None else await store.get(rule_id), kind.noun, text)


async def _held(store: CustomerRuleStore, kind: RuleKind, text: str) -> CustomerRule:
    rule_id = kind.read_id(text)
    return require_found(None if rule_id is None else await store.lock(rule_id), kind.noun, text)


def _is_same_reference(one: RuleTerms, other: RuleTerms) -> bool:
    return (one.metric_id, one.condition.dimensions) == (other.metric_id, other.condition.dimensions)


async def _require_metric(change: Change, terms: RuleTerms) -> None:
    """Hold the rule's metric against deletion; raises Unprocessable where it is gone or has other dimensions."""
    metric = await DefinitionStore(change.conn, change.tenant_id).share(terms.metric_id)
    if metric is None:
        raise _refused("metricId", f"there is no metric {metric_text(terms.metric_id)!r}")
    wanted, grouped_by = terms.condition.dimensions, metric.definition.group_by_dimensions
    if wanted is not None and wanted.keys() != set(grouped_by):
        expected = f"a value for each of {', '.join(grouped_by)} is expected" if grouped_by else "the metric has none"
        raise _refused("dimensions", expected)


def _refused(field: str, words: str) -> Unprocessable:
    return Unprocessable(Violation(("body", "config", field), words))
