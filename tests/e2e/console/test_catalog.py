"""The catalog: badges previewed as they will be seen, items archived, schemas refused at their lines."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.support.console.tab import Tab


async def test_an_item_is_defined_changed_and_archived(editor: Tab) -> None:
    page = editor.page
    editor.watch.allow("status of 4(22|09) .*/api/origins")
    await editor.open("/catalog?tab=origins")
    await page.get_by_role("button", name="New origin").click()
    dialog = page.get_by_role("dialog", name="New origin")
    preview = dialog.get_by_role("region", name="Preview")
    await dialog.get_by_label("Title").fill("Kiosk")
    await dialog.get_by_label("Mnemonic").fill("NO BLANKS")
    await dialog.get_by_label("Background colour").fill("#16a34a")
    await expect(preview).to_contain_text("Contrast 3.2:1, and text needs 4.5:1: it is shown in black.")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_label("Mnemonic")).to_be_focused()
    await dialog.get_by_label("Mnemonic").fill("KIOSK")
    await expect(preview).to_contain_text("KIOSK")
    await editor.is_accessible()
    await dialog.get_by_role("button", name="Save").click()

    table = page.get_by_role("table", name="Catalog")
    await table.get_by_role("link", name="KIOSK").click()
    dialog = page.get_by_role("dialog", name="Edit KIOSK")
    await dialog.get_by_label("Title").fill("Kiosk in the hall")
    await dialog.get_by_role("button", name="Save").click()
    row = table.get_by_role("row", name="Kiosk in the hall")
    await row.get_by_role("button", name="Archive").click()
    question = page.get_by_role("dialog", name="Archive the origin KIOSK?")
    await question.get_by_role("button", name="Archive").click()
    await expect(row).to_have_count(0)


async def test_a_schema_is_refused_at_its_lines_and_gets_versions(editor: Tab) -> None:
    page = editor.page
    editor.watch.allow("status of 4(22|09) .*/schema")
    await editor.open("/catalog?tab=event-types&open=new")
    dialog = page.get_by_role("dialog", name="New event type")
    schema, save = dialog.get_by_role("textbox", name="Schema"), dialog.get_by_role("button", name="Save")
    await dialog.get_by_label("Event type").fill("kiosk.opened")
    await schema.fill('{\n  "type": "object"\n  "title": "Opened"\n}')
    await save.click()
    await expect(dialog).to_contain_text("Line 3, column 3: a comma or } is expected")
    await schema.fill('{\n  "title": "Opened",\n  "type": "objet"\n}')
    await save.click()
    await expect(dialog).to_contain_text("Line 3, type: ")
    await editor.is_accessible()
    await schema.fill('{"type": "object"}')
    await save.click()

    await page.get_by_role("link", name="kiosk.opened").click()
    dialog = page.get_by_role("dialog", name="kiosk.opened")
    await dialog.get_by_role("textbox", name="Schema").fill('{\n  "type": "object",\n  "required": ["hall"]\n}')
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_contain_text(re.compile("Line 3, required"))
    await dialog.get_by_role("checkbox", name="Save nevertheless").check()
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("row", name="kiosk.opened").get_by_role("cell", name="2", exact=True)).to_be_visible()


async def test_a_viewer_looks_at_the_catalog_and_is_offered_no_change(viewer: Tab) -> None:
    page = viewer.page
    await viewer.open("/catalog?tab=actions")
    await page.get_by_role("link", name="CREATE").click()
    dialog = page.get_by_role("dialog", name="CREATE")
    await expect(dialog.get_by_label("Title")).not_to_be_editable()
    await viewer.is_accessible()
    for name in ("Save", "Archive", "New"):
        await expect(page.get_by_role("button", name=name)).to_have_count(0)
