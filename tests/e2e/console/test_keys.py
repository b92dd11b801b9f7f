"""API keys: created and shown once, used, revoked; nothing for who may not."""

from __future__ import annotations

import httpx
from playwright.async_api import expect

from tests.support.console.tab import Tab


async def test_a_key_is_shown_once_works_and_is_revoked(admin: Tab) -> None:
    page, url = admin.page, admin.base_url
    await admin.open("/keys")
    await page.get_by_role("button", name="Create key").click()
    dialog = page.get_by_role("dialog", name="Create key")
    await dialog.get_by_label("Label").fill("checkout of the shop")
    await dialog.get_by_label("Expires").fill("tomorrow")
    await dialog.get_by_role("button", name="Create key").click()
    await expect(dialog.get_by_label("Expires")).to_be_focused()
    await admin.is_accessible()
    await dialog.get_by_label("Expires").fill("2099-01-15")
    await dialog.get_by_role("button", name="Create key").click()
    key = await dialog.get_by_label("New key").input_value()
    async with httpx.AsyncClient(base_url=url, headers={"x-api-key": key}) as client:
        assert (await client.get("/api/v1/auth/me")).json()["roles"] == ["viewer"]
        await dialog.get_by_role("button", name="Close").last.click()
        row = page.get_by_role("table", name="API keys").get_by_role("row", name="checkout of the shop")
        await expect(row).to_contain_text("2099-01-15 00:00:00")
        assert key not in await page.content()
        await row.get_by_role("button", name="Revoke").click()
        question = page.get_by_role("dialog", name="Revoke the key checkout of the shop?")
        await question.get_by_role("button", name="Revoke").click()
        await expect(row).to_contain_text("revoked")
        await expect(row.get_by_role("button", name="Revoke")).to_have_count(0)
        assert (await client.get("/api/v1/auth/me")).status_code == 401


async def test_keys_and_users_are_not_offered_to_an_editor(editor: Tab) -> None:
    editor.watch.allow("status of 403 .*/api/keys")
    await editor.open("/keys")
    await expect(editor.page.get_by_role("alert")).to_contain_text("Not allowed")
    await expect(editor.page.get_by_role("button", name="Create key")).to_have_count(0)
    links = editor.page.get_by_role("navigation", name="Main").get_by_role("link")
    assert not {"API keys", "Users"} & set(await links.all_inner_texts())
