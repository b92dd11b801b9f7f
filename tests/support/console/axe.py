"""Accessibility by axe-core, as the console's own packages bring it: WCAG 2.2 AA, and axe's best practices."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from deploy.console.build import WEB

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_COLOURS = ("color-contrast", "link-in-text-block")
_RUN = """
async (runOnly) => {
  const found = await axe.run(document, { runOnly, resultTypes: ["violations"] });
  return found.violations.flatMap((rule) => rule.nodes.map((node) => ({
    rule: rule.id, help: rule.help, target: node.target.flat().join(" "), html: node.html,
    why: [...node.any, ...node.all, ...node.none].map((check) => check.message).join("; "),
  })));
}
"""


async def assert_accessible(page: Page) -> None:
    """Look for violations in what is shown, an open dialog included."""
    _assert_none(await _violations(page, {"type": "tag", "values": _TAGS}))


async def assert_colours(page: Page) -> None:
    """Look for violations that the colour scheme alone may bring."""
    _assert_none(await _violations(page, {"type": "rule", "values": _COLOURS}))


async def _violations(page: Page, run_only: dict[str, Any]) -> list[dict[str, str]]:
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(_source())
    found: list[dict[str, str]] = await page.evaluate(_RUN, run_only)
    return found


def _assert_none(violations: list[dict[str, str]]) -> None:
    told = [
        f"{one['rule']}: {one['help']}\n  at {one['target']}\n  {one['html'][:300]}\n  {one['why']}"
        for one in violations
    ]
    assert not told, "\n".join(told)


@cache
def _source() -> str:
    return Path(AXE).read_text(encoding="utf-8")
