"""What a person does in the first hour: post the first example, import a repository, read it back."""

from __future__ import annotations

import json
import stat
from collections import Counter
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.support.examples import FIRST_EXAMPLE
from tests.support.git_recount import Recount, recount
from tests.support.git_repository import make_large_repository
from tests.support.machine import MOSTLY_ON_KAFKA, Machine
from tests.support.waiting import eventually

ACTIONS = {"A": "ADDED", "M": "MODIFIED", "T": "MODIFIED", "D": "DELETED", "R": "RENAMED"}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_large_repository(tmp_path_factory.mktemp("git") / "large", commits=800)


@pytest.fixture(scope="module")
def truth(repository: Path) -> Recount:
    return recount(repository)


async def total(client: httpx.AsyncClient, **filters: str) -> int:
    """The exact total of a filter."""
    answer = await client.get("/api/interactions", params={**filters, "limit": "1"})
    assert answer.status_code == 200, answer.text
    count: int = answer.json()["pagination"]["total"]
    return count


async def test_the_first_example_works_unchanged(machine: Machine) -> None:
    async with machine.client() as client:
        posted = await client.post("/api/interactions", json=FIRST_EXAMPLE)
        assert posted.status_code == 201, posted.text
        position = {"waymark-min-position": posted.headers["waymark-position"]}
        found = (await client.get("/api/interactions?resourceId=order-456", headers=position)).json()
    row = found["data"][0]
    assert found["pagination"]["total"] >= 1
    assert row["interactionId"] == posted.json()["interactionId"]
    assert (row["resourceTypeMnemonic"], row["actionMnemonic"], row["originMnemonic"]) == ("ORDER", "CREATE", "WEBAPP")
    assert row["resourceTypeIcon"] == "📦"
    assert row["interaction"] == FIRST_EXAMPLE["interaction"]


async def test_credentials_are_for_their_owner_alone(machine: Machine) -> None:
    path = machine.data_dir / "credentials.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(machine.credentials) == {"url", "tenantId", "apiKey", "email", "password"}
    assert machine.credentials["url"] == machine.url
    async with httpx.AsyncClient(base_url=machine.url) as client:
        login = {"email": machine.credentials["email"], "password": machine.credentials["password"]}
        answer = await client.post("/api/v1/auth/login", json=login)
        assert answer.status_code == 200, answer.text
        bearer = {"authorization": f"Bearer {answer.json()['accessToken']}"}
        assert (await client.get("/api/v1/auth/me", headers=bearer)).status_code == 200
        assert (await client.get("/api/interactions", headers=bearer)).status_code == 200


async def test_an_imported_history_agrees_with_git(machine: Machine, repository: Path, truth: Recount) -> None:
    code, out = await machine.run("import", "git", str(repository), "--json")
    assert code == 0, out
    counts = json.loads(out)
    assert (counts["read"], counts["accepted"], counts["rejected"]) == (truth.total, truth.total, 0)
    async with machine.client() as client:
        await settled(client, truth.total)
        author, _ = truth.by_author.most_common(1)[0]
        path, _ = truth.by_path.most_common(1)[0]
        commit, _ = truth.by_commit.most_common(1)[0]
        day, _ = truth.by_day.most_common(1)[0]
        assert await total(client, userId=author, origin="GIT") == truth.by_author[author]
        assert await total(client, resourceId=path, resourceType="FILE") == truth.by_path[path]
        assert await total(client, uowId=commit) == truth.by_commit[commit]
        span = {"dateField": "eventTime", "startDate": day, "endDate": day}
        assert await total(client, origin="GIT", **span) == truth.by_day[day]
        for status, action in {"A": "ADDED", "D": "DELETED", "R": "RENAMED"}.items():
            assert await total(client, action=action, resourceType="FILE") == truth.by_status[status]
        await pages_agree(client, truth)


async def settled(client: httpx.AsyncClient, expected: int) -> None:
    """Wait until everything recorded is applied, by the position of one more record."""
    posted = await client.post("/api/interactions", json=FIRST_EXAMPLE | {"resourceId": "settled"})
    everything = {"waymark-min-position": await whole_position(client, posted)}
    answer = await client.get("/api/interactions?origin=GIT&limit=1", headers=everything)
    assert answer.status_code == 200, answer.text
    assert answer.json()["pagination"]["total"] == expected


async def whole_position(client: httpx.AsyncClient, posted: httpx.Response) -> str:
    """Positions in many partitions: one record each of enough units of work to meet all of them."""
    position = posted.headers["waymark-position"]
    items = [FIRST_EXAMPLE | {"resourceId": f"settled-{n}", "uowId": f"settled-{n}"} for n in range(64)]
    answer = await client.post("/api/interactions/batch", json=items)
    assert answer.status_code == 200, answer.text
    return f"{position},{answer.headers['waymark-position']}"


async def pages_agree(client: httpx.AsyncClient, truth: Recount) -> None:
    """Walk all pages: every commit whole, nothing missing, nothing twice, by number."""
    seen: list[tuple[int, str]] = []
    page = 0
    more = True
    while more:
        page += 1
        answer = (await client.get(f"/api/interactions?origin=GIT&limit=100&page={page}")).json()
        seen += [(row["interactionNumber"], row["uowId"]) for row in answer["data"]]
        more = answer["pagination"]["hasNext"]
    assert len(seen) == len(set(seen)) == truth.total
    assert seen == sorted(seen, reverse=True)
    assert Counter(commit for _, commit in seen) == truth.by_commit


async def test_every_view_of_the_history_agrees_with_git(machine: Machine, truth: Recount) -> None:
    async with machine.client() as client:
        seen = {
            "waymark-min-position": await whole_position(
                client, await client.post("/api/interactions", json=FIRST_EXAMPLE)
            )
        }
        await timelines_agree(client, truth, seen)
        await traces_agree(client, truth, seen)
        path, _ = truth.by_path.most_common(1)[0]
        body = {"resources": [{"resourceId": path, "resourceType": "FILE"}], "limit": 1}
        activity = (await client.post("/api/activity", json=body, headers=seen)).json()
        assert activity["pagination"]["total"] == truth.by_path[path]
        graph = (await client.get("/api/origins/graph?startDate=2000-01-01", headers=seen)).json()
        [git] = [node for node in graph["nodes"] if node["origin"] == "GIT"]
        assert git["count"] == truth.total
        [edge] = [edge for edge in graph["edges"] if edge["from"] == edge["to"] == "GIT"]
        assert edge["count"] == truth.total - len(truth.by_commit)


async def timelines_agree(client: httpx.AsyncClient, truth: Recount, seen: dict[str, str]) -> None:
    """By day of the commits, whole and by action."""
    days = sorted(truth.by_day)
    params = {
        "dateField": "eventTime",
        "startDate": days[0],
        "endDate": days[-1],
        "granularity": "day",
        "origin": "GIT",
    }
    answer = await client.get("/api/interactions/timeline", params=params, headers=seen)
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == truth.total
    assert {b["bucket"][:10]: b["count"] for b in answer.json()["data"] if b["count"]} == truth.by_day
    grouped = (await client.get("/api/interactions/timeline", params={**params, "groupBy": "action"})).json()
    actions: Counter[str] = Counter()
    for bucket in grouped["data"]:
        actions.update({group["key"]: group["count"] for group in bucket["groups"]})
    expected: Counter[str] = Counter()
    for status, count in truth.by_status.items():
        expected[ACTIONS[status]] += count
    assert +actions == expected


async def traces_agree(client: httpx.AsyncClient, truth: Recount, seen: dict[str, str]) -> None:
    """A trace for each commit, with as many interactions as it changed files."""
    found = (await client.get("/api/traces?origin=GIT&limit=1", headers=seen)).json()
    assert found["pagination"]["total"] == len(truth.by_commit)
    for commit, count in truth.by_commit.most_common(5):
        trace = (await client.get(f"/api/traces/{commit}")).json()
        assert (trace["total"], len(trace["interactions"])) == (count, count)
        summary = (await client.get(f"/api/traces/{commit}/summary")).json()
        assert (summary["totalInteractions"], summary["origins"], len(summary["users"])) == (count, ["GIT"], 1)
        assert len((await client.get(f"/api/traces/{commit}/timeline")).json()["entries"]) == count
        assert len((await client.get(f"/api/traces/{commit}/tree")).json()["nodes"]) == count


async def test_a_key_ends_everywhere_within_a_second(machine: Machine) -> None:
    async with machine.client() as admin:
        made = (await admin.post("/api/keys", json={"label": "everywhere", "roles": ["admin"]})).json()
        headers = {"x-api-key": made["key"]}
        async with httpx.AsyncClient(base_url=machine.url, headers=headers, timeout=10.0) as client:
            paths = ("/api/interactions", "/api/traces", "/api/actions", "/api/keys")
            for path in paths:
                assert (await client.get(path)).status_code == 200
            assert (await client.post("/api/interactions", json=FIRST_EXAMPLE)).status_code == 201
            assert (await admin.delete(f"/api/keys/{made['id']}")).status_code == 204
            for path in paths:
                await eventually(partial(_refused, client, path), timeout_s=2.0)
            assert (await client.post("/api/interactions", json=FIRST_EXAMPLE)).status_code == 401
        [listed] = [key for key in (await admin.get("/api/keys?limit=100")).json()["data"] if key["id"] == made["id"]]
        assert listed["revokedAt"] is not None
        assert (listed["label"], listed["roles"], listed["expiresAt"]) == ("everywhere", ["admin"], None)

        async def used() -> bool:
            keys = (await admin.get("/api/keys?limit=100")).json()["data"]
            return any(key["id"] == made["id"] and key["lastUsedAt"] for key in keys)

        await eventually(used, timeout_s=90.0, interval_s=1.0)


async def _refused(client: httpx.AsyncClient, path: str) -> bool:
    return (await client.get(path)).status_code == 401


async def test_importing_twice_adds_nothing(machine: Machine, repository: Path, truth: Recount) -> None:
    again = [["import", "git", str(repository), "--json"], ["import", "git", str(repository), "--json", "--from-start"]]
    for command, repeated in zip(again, (0, truth.total), strict=True):
        code, out = await machine.run(*command)
        assert code == 0, out
        assert json.loads(out)["repeated"] == repeated
    async with machine.client() as client:
        await settled(client, truth.total)


async def test_json_lines_are_imported_once(machine: Machine, tmp_path: Path) -> None:
    lines = [FIRST_EXAMPLE | {"resourceId": "line", "interaction": {"n": n}} for n in range(25)]
    file = tmp_path / "lines.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines) + '\n\n{"resourceId": broken\n')
    code, out = await machine.run("import", "jsonl", str(file), "--json")
    assert code == 1
    counts = json.loads(out.splitlines()[0])
    assert (counts["accepted"], counts["rejected"]) == (25, 1)
    assert counts["rejections"][0]["origin"] == "line 27"
    await machine.run("import", "jsonl", str(file), "--json", "--from-start")
    async with machine.client() as client:
        position = await whole_position(client, await client.post("/api/interactions", json=FIRST_EXAMPLE))
        answer = await client.get("/api/interactions?resourceId=line", headers={"waymark-min-position": position})
        assert answer.json()["pagination"]["total"] == 25


async def test_emit_and_tail(machine: Machine) -> None:
    code, out = await machine.run("emit", "ORDER:emitted", "create", "--data", '{"a":1}', "--user", "u1", "--json")
    assert code == 0, out
    recorded = json.loads(out)
    assert (recorded["action"], recorded["origin"], recorded["userId"]) == ("CREATE", "CLI", "u1")
    async with machine.client() as client:
        await whole_position(client, await client.post("/api/interactions", json=FIRST_EXAMPLE))
    code, out = await machine.run("tail", "--no-follow", "--user", "u1", "--json")
    assert code == 0, out
    assert json.loads(out.splitlines()[-1])["resourceId"] == "emitted"


async def test_a_tenant_made_by_the_operator_is_apart(machine: Machine) -> None:
    code, out = await machine.run("tenants", "create", "acme", "--json")
    assert code == 0, out
    headers = {"x-api-key": json.loads(out)["apiKey"]}
    async with httpx.AsyncClient(base_url=machine.url, headers=headers, timeout=30.0) as client:
        posted = await client.post("/api/interactions", json=FIRST_EXAMPLE)
        assert posted.status_code == 201, posted.text
        assert posted.json()["interactionNumber"] == 1
        seen = {"waymark-min-position": posted.headers["waymark-position"]}
        assert (await client.get("/api/interactions", headers=seen)).json()["pagination"]["total"] == 1


@MOSTLY_ON_KAFKA
async def test_operators_commands_answer(machine: Machine) -> None:
    for command in (["projections", "list", "--json"], ["dead-letters", "list", "--json"], ["doctor", "--json"]):
        code, out = await machine.run(*command)
        assert code == 0, out
        json.loads(out)
    examined = {finding["what"]: finding["good"] for finding in json.loads(out)}
    flow = ("consumers", "parked records", "outboxes", "streams")
    assert {what: examined.get(what) for what in flow} == dict.fromkeys(flow, True)
    code, out = await machine.run("projections", "rebuild", "queries.history")
    assert code == 0, out
    assert "generation 2 serves" in out
    code, out = await machine.run("projections", "rebuild", "catalog.starter_sets")
    assert code != 0
    assert "nothing to rebuild" in " ".join(out.split())
    code, out = await machine.run("projections", "restart", "catalog.starter_sets")
    assert code == 0, out


async def test_one_document_and_one_exposition_of_all(machine: Machine) -> None:
    async with machine.client() as client:
        document = (await client.get("/openapi.json")).json()
        assert {"get", "post"} <= set(document["paths"]["/api/interactions"])
        assert "/api/keys" in document["paths"]
        metrics = (await client.get("/metrics")).text
    assert 'process="api"' in metrics
    assert 'waymark_projection_records_applied_total{process="projections",projection="queries.history"}' in metrics
