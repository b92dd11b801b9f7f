"""The way that the console is for: from an alert of the sample shop to the record, one click a step, each step with an
address of its own and the API's figures.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from playwright.async_api import expect

from tests.support.console.site import ConsoleSite
from tests.support.console.tab import Tab
from tests.support.monitoring.defining import create
from tests.support.monitoring.rules import RULES_URL, create_rule
from tests.support.programs import EXAMPLES, running
from tests.support.waiting import eventually

SHOP = "Sample checkout"
RULE = "The sample checkout feels slow"
STEPS: Any = [{"name": "otel.span.POST /checkout"}, {"name": "otel.log.payment.captured"}]
LIMITS = {"uptimeLowerLimitInMs": 100, "uptimeMidLimitInMs": 200, "uptimeUpperLimitInMs": 300}
# Over within a second, so that each trace is exported whole when the shop closes.
SALE = ("--seconds", "0.4", "--rate", "10", "--slow-ms", "500", "--slow-while")


async def _sell(site: ConsoleSite, slow: Path) -> None:
    """Let the sample shop take some orders while its payment provider is slow."""
    slow.touch()
    key = site.installation.credentials["apiKey"]
    server = {"WAYMARK_URL": site.installation.url, "WAYMARK_API_KEY": key, "PYTHONPATH": str(EXAMPLES.parent)}
    async with running(sys.executable, EXAMPLES / "otel_checkout.py", *SALE, slow, environment=server) as shop:
        assert await shop.wait() == 0


async def _firing(client: httpx.AsyncClient, rule_id: str) -> Any:
    async def look() -> Any:
        rule = await _data(client, f"{RULES_URL}/{rule_id}")
        return rule if rule["state"] == "FIRING" else None

    return await eventually(look, timeout_s=30.0)


async def _data(client: httpx.AsyncClient, path: str, **params: str) -> Any:
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def _range(tab: Tab) -> dict[str, str]:
    """Return the range in the tab's address."""
    asked = parse_qs(urlsplit(tab.page.url).query)
    return {"from": asked["from"][0], "to": asked["to"][0]}


async def test_an_alert_leads_to_the_figure_its_results_their_trace_and_the_record(
    admin: Tab, site: ConsoleSite, tmp_path: Path
) -> None:
    page = admin.page
    async with site.installation.user_client() as client:
        await create(client, SHOP, events=STEPS, thresholdInMs=60_000, **LIMITS)
        condition: Any = {"metric": "apdex", "operator": "LESS_THAN", "threshold": 0.7}
        rule_id = await create_rule(client, RULE, interactionName=SHOP, **condition)
        await _sell(site, tmp_path / "slow")
        rule = await _firing(client, rule_id)

        await admin.open()
        await page.get_by_role("table", name="Firing alerts").get_by_role("link", name=RULE).click()
        await admin.shows("Alerts")
        await expect(page).to_have_url(re.compile(rf"/alerts\?open={rule_id}$"))
        record = page.get_by_role("region", name="Record")
        await expect(record).to_contain_text(f"Apdex {rule['value']:g} (< 0.7)")

        await record.get_by_role("link", name="Open figure").click()
        await admin.shows(SHOP)
        await expect(page).to_have_url(
            re.compile(r"/critical-interactions/Sample%20checkout\?figure=apdex&from=2.+&to=2")
        )
        health = await _data(client, f"/v1/interactions/{SHOP}/health", **_range(admin))
        assert health["total"]["apdex"] == 0
        assert health["total"]["completed"] >= 3
        figure = page.get_by_role("figure", name="Apdex", exact=True)
        await expect(figure).to_be_in_viewport()
        await figure.get_by_role("button", name="Show as table").click()
        await figure.get_by_role("button", name=re.compile(r"^0, Apdex, ")).first.click()

        await expect(page).to_have_url(re.compile(r"tab=results&outcome=completed&from=2.+&to=2"))
        results = await _data(client, f"/v1/interactions/{SHOP}/results", outcome="completed", **_range(admin))
        table = page.get_by_role("table", name="Results")
        await expect(table.get_by_role("row")).to_have_count(len(results["results"]) + 1)
        result = results["results"][0]
        row = table.get_by_role("row").nth(1)
        await expect(row).to_contain_text("Poor")
        await row.get_by_role("link", name="Open trace").click()

        trace_id = result["uowIds"][0]
        await admin.shows(f"Trace {trace_id}")
        marks = parse_qs(urlsplit(page.url).query)["mark"]
        assert marks == [step["recordId"] for step in result["steps"]]
        spans = page.get_by_role("treegrid", name="Spans")
        marked = spans.get_by_role("row").filter(has_text="marked")
        await expect(marked).to_have_count(len(result["steps"]))
        await marked.filter(has_text="POST /checkout").click()

        span = page.get_by_role("region", name="Record")
        await expect(span.get_by_role("heading", name="POST /checkout")).to_be_visible()
        await expect(page).to_have_url(re.compile(f"open={marks[0]}"))
        event = (await client.get(f"/api/v1/events/{marks[0]}")).json()
        shown = await span.get_by_role("region", name="JSON").locator("pre").inner_text()
        assert json.loads(shown) == event["payload"]

        await page.go_back()
        await page.go_back()
        await admin.shows(SHOP)
        await expect(page).to_have_url(re.compile(r"tab=results&outcome=completed&from=2.+&to=2"))
        await expect(table).to_be_visible()
