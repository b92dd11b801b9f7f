"""Contact policies and qualification rules over HTTP: defaults, changes, order, names, refusals, and their end."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from libs.contracts.metric_values import metric_text
from services.metrics.rules import rules as changes
from services.metrics.rules.kinds import CONTACT_POLICY, QUALIFICATION_RULE, RuleKind
from tests.support.callers import Callers
from tests.support.metrics.definitions import Definitions
from tests.support.metrics.rules import KINDS, Rules

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"name": " "}, "name"),
    ({"name": "x" * 256}, "name"),
    ({"description": "x" * 501}, "description"),
    ({"status": "on"}, "status"),
    ({"ruleType": "segment"}, "ruleType"),
    ({"priority": 101}, "priority"),
    ({"priority": -1}, "priority"),
    ({"priority": 0.5}, "priority"),
    ({"config": {"operator": "gt", "value": 1}}, "config.metricId"),
    ({"config": {"metricId": "metric_1", "operator": "gt", "value": 1}}, "config.metricId"),
    ({"config": {"metricId": metric_text(uuid.UUID(int=1)), "operator": "gt", "value": 1}}, "config.metricId"),
    *(({field: None}, field) for field in ("name", "status", "ruleType", "config", "priority")),
]
REFUSED_CONFIGS: list[tuple[dict[str, Any], str]] = [
    ({"operator": "="}, "config.operator"),
    ({"value": "5"}, "config.value"),
    ({"value": True}, "config.value"),
    ({"value": None}, "config.value"),
    ({"dimensions": {"channel": "web"}}, "config.dimensions"),
]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
async def rules(request: pytest.FixtureRequest, client: httpx.AsyncClient, definitions: Definitions) -> Rules:
    """The rules of a kind, over a metric of acme."""
    kind: RuleKind = request.param
    return Rules(kind, client, (await definitions.create()).id)


async def test_a_rule_is_shown_whole_and_changes_by_what_is_sent(rules: Rules) -> None:
    made = await rules.create(value=5.0)
    assert made == {
        "id": made["id"],
        "name": "Often",
        "description": None,
        "status": "draft",
        "ruleType": "metric_condition",
        "config": {"metricId": metric_text(rules.metric_id), "operator": "gte", "value": 5, "dimensions": None},
        "priority": 50,
        "version": 1,
        "createdAt": made["createdAt"],
        "createdBy": "acme-editor",
        "updatedAt": made["createdAt"],
        "updatedBy": "acme-editor",
    }
    assert made["id"].startswith(f"{rules.kind.id_prefix}_")
    changed = await rules.update(made["id"], description="Leave them alone", status="active", priority=80.0)
    assert (changed["version"], changed["name"], changed["priority"]) == (2, "Often", 80)
    assert await rules.update(made["id"], status="active", config=made["config"]) == changed
    cleared = await rules.update(made["id"], description=None)
    assert (cleared["version"], cleared["description"]) == (3, None)
    url = f"{rules.kind.path}/{made['id']}"
    assert (await rules.client.get(url)).json() == cleared
    for params, status in (({}, 422), ({"id": made["id"]}, 204), ({"id": made["id"]}, 404), ({"id": "1"}, 404)):
        assert (await rules.client.delete(rules.kind.path, params=params)).status_code == status
    for answer in (await rules.client.get(url), await rules.client.put(rules.kind.path, json={"id": made["id"]})):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


async def test_a_list_is_by_priority_then_newest_first(rules: Rules) -> None:
    for name, priority, status in (("a", 10, "active"), ("b", 90, "draft"), ("c", 10, "active"), ("d", 90, "active")):
        await rules.create(name, priority=priority, status=status)
    assert [one["name"] for one in (await rules.page())["data"]] == ["d", "b", "c", "a"]
    seen: list[str] = []
    cursor: dict[str, Any] = {}
    for _ in range(3):
        page = await rules.page(status="active", limit=1, **cursor)
        assert page["total"] == 3
        seen += [one["name"] for one in page["data"]]
        cursor = {"cursor": page["nextCursor"]}
        assert page["hasMore"] is (page["nextCursor"] is not None)
    assert (seen, cursor) == (["d", "c", "a"], {"cursor": None})
    for params in ({"cursor": "x"}, {"limit": 0}, {"limit": 101}, {"status": "on"}):
        assert (await rules.client.get(rules.kind.path, params=params)).status_code == 422


async def test_what_cannot_be_is_named(rules: Rules) -> None:
    there = await rules.create("there")
    bodies = [*REFUSED, *(({"config": {**there["config"], **config}}, field) for config, field in REFUSED_CONFIGS)]
    for changed, field in bodies:
        for answer in (
            await rules.client.post(rules.kind.path, json={**rules.body(), **changed}),
            await rules.client.put(rules.kind.path, json={"id": there["id"], **changed}),
        ):
            error = answer.json()["error"]
            assert (answer.status_code, error["code"]) == (422, "VALIDATION_ERROR"), (changed, answer.text)
            assert error["details"][0]["field"].startswith(field), answer.text
    assert (await rules.page())["data"] == [there]


async def test_a_name_is_taken_once_in_its_kind_and_a_kind_has_a_limit(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = QUALIFICATION_RULE if rules.kind is CONTACT_POLICY else CONTACT_POLICY
    await Rules(other, rules.client, rules.metric_id).create("often")
    await rules.create("Often")
    second = await rules.create("Seldom")
    for answer in (
        await rules.client.post(rules.kind.path, json=rules.body("OFTEN")),
        await rules.client.put(rules.kind.path, json={"id": second["id"], "name": "OFTEN"}),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "NAME_TAKEN")
    monkeypatch.setattr(changes, "MAX_RULES", 2)
    full = await rules.client.post(rules.kind.path, json=rules.body("Third"))
    assert (full.status_code, full.json()["error"]["code"]) == (409, "RULE_LIMIT_REACHED")
    await rules.client.delete(rules.kind.path, params={"id": second["id"]})
    once = {"idempotency-key": "once"}
    first, again = [await rules.client.post(rules.kind.path, json=rules.body("Seldom"), headers=once) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()


async def test_viewers_read_and_editors_write(rules: Rules, callers: Callers) -> None:
    rules.client.headers.clear()
    viewer, editor, path = callers.key("viewer"), callers.key("editor"), rules.kind.path
    created = await rules.client.post(path, json=rules.body(), headers=editor)
    rule_id = created.json()["id"]
    writes: list[tuple[str, dict[str, Any], int]] = [
        ("POST", {"json": rules.body("Second")}, 201),
        ("PUT", {"json": {"id": rule_id, "priority": 1}}, 200),
        ("DELETE", {"params": {"id": rule_id}}, 204),
    ]
    for url in (path, f"{path}/{rule_id}"):
        assert (await rules.client.get(url, headers=viewer)).status_code == 200
        assert (await rules.client.get(url)).status_code == 401
        assert (await rules.client.get(url, headers={**viewer, "x-tenant-id": "other"})).status_code == 403
    for method, sent, status in writes:
        assert (await rules.client.request(method, path, headers=viewer, **sent)).status_code == 403
        assert (await rules.client.request(method, path, headers=editor, **sent)).status_code == status
