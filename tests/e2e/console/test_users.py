"""Users: registered with what is wrong told at its field, given roles, deactivated and activated."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.support.console.tab import Tab

EMAIL = "carla@console.example"


async def test_a_user_is_registered_changed_and_deactivated(admin: Tab) -> None:
    page = admin.page
    admin.watch.allow("status of 4(22|09) .*/register")
    await admin.open("/users?open=new")
    dialog = page.get_by_role("dialog", name="Register user")
    await dialog.get_by_label("Email").fill("admin@console.example")
    await dialog.get_by_label("Password").fill("short")
    await dialog.get_by_role("button", name="Register user").click()
    await expect(dialog.get_by_label("Password")).to_have_accessible_description(re.compile("at least 8 characters"))
    await dialog.get_by_label("Password").fill("correct horse battery")
    await dialog.get_by_role("button", name="Register user").click()
    await expect(dialog).to_contain_text("there is a user with the e-mail admin@console.example already")
    await expect(dialog.get_by_label("Email")).to_be_focused()
    await admin.is_accessible()
    await dialog.get_by_label("Email").fill(EMAIL)
    await dialog.get_by_role("button", name="Register user").click()

    row = page.get_by_role("table", name="Users").get_by_role("row", name=EMAIL)
    await row.get_by_role("link", name=EMAIL).click()
    dialog = page.get_by_role("dialog", name=EMAIL)
    await expect(dialog.get_by_role("button", name="Save")).to_be_disabled()
    await dialog.get_by_role("checkbox", name="editor").check()
    await dialog.get_by_role("button", name="Save").click()
    await expect(row).to_contain_text("viewer, editor")
    for verb, state in (("Deactivate", "disabled"), ("Activate", "active")):
        await row.get_by_role("button", name=verb, exact=True).click()
        await page.get_by_role("dialog", name=f"{verb} {EMAIL}?").get_by_role("button", name=verb).click()
        await expect(row.get_by_role("cell", name=state, exact=True)).to_be_visible()
    own = page.get_by_role("row", name="admin@console.example")
    await expect(own.get_by_role("button")).to_have_count(0)
