"""Integrations: made by the fields of their type, tested in place, their secrets written and never shown, deleted."""

from __future__ import annotations

import httpx
from playwright.async_api import expect

from tests.support.console.site import ConsoleSite
from tests.support.console.tab import Tab
from tests.support.workflows.building import active, definition, task
from tests.support.workflows.key_counting import key_counter

SECRET = "s3cret of the warehouse"
URL = "/api/v1/integrations/warehouse"


async def test_an_integration_is_made_tested_changed_and_deleted(admin: Tab, site: ConsoleSite) -> None:
    page = admin.page
    async with key_counter() as server, site.installation.client() as client:
        admin.watch.allow("422 .*/api/v1/integrations")
        await admin.open("/integrations")
        await page.get_by_role("button", name="New integration").click()
        dialog = page.get_by_role("dialog", name="New integration")
        await dialog.get_by_label("Name", exact=True).fill("warehouse")
        await dialog.get_by_label("Type", exact=True).select_option("HTTP")
        await dialog.get_by_label("Bearer token").fill(SECRET)
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog.get_by_label("Base URL")).to_be_focused()
        await admin.is_accessible()
        await dialog.get_by_label("Base URL").fill(f"{server.url}/ok/stock")
        await dialog.get_by_role("button", name="Save").click()
        row = page.get_by_role("table", name="Integrations").get_by_role("row", name="warehouse")
        await row.get_by_role("button", name="Test").click()
        await expect(row.get_by_role("status")).to_contain_text("ok: answered with 200")
        assert server.count("/ok/stock") == 1

        await row.get_by_role("link", name="warehouse").click()
        dialog = page.get_by_role("dialog", name="Edit warehouse")
        await expect(dialog.get_by_label("Bearer token")).to_have_value("")
        await expect(dialog).to_contain_text("leave empty to keep it")
        assert SECRET not in await page.content()
        await dialog.get_by_label("Base URL").fill(f"{server.url}/status/503/stock")
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog).to_have_count(0)
        assert set((await client.get(URL)).json()["secrets"]) == {"TOKEN"}
        await row.get_by_role("button", name="Test").click()
        await expect(row.get_by_role("status")).to_contain_text("failed: ")
        await row.get_by_role("link", name="warehouse").click()
        await dialog.get_by_role("button", name="Remove Bearer token").click()
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog).to_have_count(0)
        assert (await client.get(URL)).json()["secrets"] == {}
        await _delete_once_nothing_uses_it(admin, client)


async def _delete_once_nothing_uses_it(admin: Tab, client: httpx.AsyncClient) -> None:
    page = admin.page
    call = {**task("http-request", url="https://shop.example/"), "integration": "warehouse"}
    await active(client, "count-stock", definition({"Ask": call}))
    admin.watch.allow("409 .*/warehouse")
    row = page.get_by_role("table", name="Integrations").get_by_role("row", name="warehouse")
    await row.get_by_role("button", name="Delete").click()
    question = page.get_by_role("dialog", name="Delete the integration warehouse?")
    await question.get_by_role("button", name="Delete").click()
    await expect(question.get_by_role("alert")).to_contain_text("count-stock")
    assert (await client.post("/api/v1/workflows/count-stock/deactivate")).status_code == 200
    await question.get_by_role("button", name="Delete").click()
    await expect(question).to_have_count(0)
    await expect(row).to_have_count(0)


async def test_who_may_not_change_integrations_reads_them(editor: Tab) -> None:
    page = editor.page
    await editor.open("/integrations")
    row = page.get_by_role("table", name="Integrations").get_by_role("row", name="billing")
    await expect(row.get_by_role("button")).to_have_count(0)
    await row.get_by_role("link", name="billing").click()
    dialog = page.get_by_role("dialog", name="billing")
    await expect(dialog).to_contain_text("https://billing.example.com")
    await expect(dialog.get_by_role("textbox")).to_have_count(0)
    await page.keyboard.press("Escape")
    await page.get_by_role("tab", name="Providers").click()
    await expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
