"""One site for all console tests of a worker, and tabs on it that fail their test when the watch noted anything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from libs.auth.principal import ADMIN, EDITOR, VIEWER
from tests.support.console.browser import running_browser
from tests.support.console.site import ConsoleSite, running_site
from tests.support.console.tab import Tab
from tests.support.postgres import TestServer

_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note whether the test itself failed, for the picture that its tab then leaves."""
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


@pytest.fixture(scope="package")
async def browser() -> AsyncIterator[Browser]:
    """The worker's browser."""
    expect.set_options(timeout=10_000)
    async with running_browser() as running:
        yield running


@pytest.fixture(scope="package")
async def site(
    browser: Browser, postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ConsoleSite]:
    """The worker's installation, with data and users."""
    data_dir = tmp_path_factory.mktemp("console")
    async with postgres_server.database() as url, running_site(url, data_dir, browser) as running:
        yield running


@pytest.fixture
async def admin(site: ConsoleSite, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Tab]:
    """A tab logged in as an administrator."""
    async with _watched(site, ADMIN, request, tmp_path) as tab:
        yield tab


@pytest.fixture
async def editor(site: ConsoleSite, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Tab]:
    """A tab logged in as an editor."""
    async with _watched(site, EDITOR, request, tmp_path) as tab:
        yield tab


@pytest.fixture
async def viewer(site: ConsoleSite, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Tab]:
    """A tab logged in as a viewer."""
    async with _watched(site, VIEWER, request, tmp_path) as tab:
        yield tab


@pytest.fixture
async def visitor(site: ConsoleSite, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Tab]:
    """A tab that nobody is logged in to."""
    async with _watched(site, None, request, tmp_path) as tab:
        yield tab


@asynccontextmanager
async def _watched(
    site: ConsoleSite, role: str | None, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Tab]:
    async with site.tab(role) as tab:
        yield tab
        if request.node.stash.get(_FAILED, False) or tab.watch.problems:
            await tab.page.screenshot(path=tmp_path / "page.png")
            print(f"the page as it was: {tmp_path / 'page.png'}")
    assert not tab.watch.problems, "\n".join(tab.watch.problems)
