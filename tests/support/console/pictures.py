"""`python -m tests.support.console.pictures OUT`: a picture of every page, in both schemes, on a desk and on a phone.

Takes them of the tests' own data, or with `--credentials .waymark/credentials.json` of a server that runs. Paths below
`/console` name single addresses instead.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, StorageState, ViewportSize

from libs.auth.principal import ADMIN
from libs.telemetry.logs import configure_logs
from tests.support.console.browser import running_browser
from tests.support.console.logins import logged_in
from tests.support.console.pages import ALL_PAGES, NAVIGATION
from tests.support.console.site import running_site
from tests.support.console.tab import DESK, PHONE, Tab, opened_tab
from tests.support.postgres import TestServer, embedded_server
from tests.support.scratch import scratch_directory

_SIZES: dict[str, ViewportSize] = {"1440": DESK, "360": PHONE}
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose pictures are taken: a server, somebody who is logged in there, and the paths to look at."""

    url: str
    state: StorageState
    paths: Sequence[str]


async def take_pictures(browser: Browser, subject: Subject, out: Path) -> None:
    """Write a picture of each path, and print what went wrong there."""
    out.mkdir(parents=True, exist_ok=True)
    for width, size in _SIZES.items():
        async with opened_tab(browser, subject.url, subject.state, size) as tab:
            for path, scheme in product(subject.paths, _SCHEMES):
                file = out / f"{_name(path)}-{width}-{scheme}.png"
                await _take(tab, path, scheme, file)
                print(file, flush=True)
            print(*tab.watch.problems, sep="\n", end="")


async def _take(tab: Tab, path: str, scheme: Literal["light", "dark"], file: Path) -> None:
    await tab.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await tab.open(path)
    await tab.page.screenshot(path=file, full_page=True)


def _name(path: str) -> str:
    return re.sub(r"\W+", "-", path).strip("-") or "overview"


@asynccontextmanager
async def _own(browser: Browser, paths: Sequence[str]) -> AsyncIterator[Subject]:
    with scratch_directory("waymark-console-") as directory, embedded_server() as server:
        async with (
            TestServer(server.url).database() as url,
            running_site(url, directory / "data", browser) as site,
        ):
            all_paths = [page.made(site.shown).path for page in ALL_PAGES]
            yield Subject(site.installation.url, await site.logins.logged_in(ADMIN), paths or all_paths)


async def _given(credentials: Path, paths: Sequence[str]) -> Subject:
    known = json.loads(credentials.read_bytes())
    state = await logged_in(known["url"], known["email"], known["password"])
    return Subject(known["url"], state, paths or [page.path for page in NAVIGATION])


async def _run(options: argparse.Namespace) -> None:
    async with running_browser() as browser:
        if options.credentials is not None:
            await take_pictures(browser, await _given(options.credentials, options.paths), options.out)
        else:
            async with _own(browser, options.paths) as subject:
                await take_pictures(browser, subject, options.out)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Take pictures of the console.")
    parser.add_argument("out", type=Path, help="the directory to write to")
    parser.add_argument("paths", nargs="*", help="addresses below /console (default: every page)")
    parser.add_argument("--credentials", type=Path, help="the credentials.json of a server that runs")
    return parser.parse_args()


if __name__ == "__main__":
    configure_logs("pictures", level="ERROR")
    asyncio.run(_run(_options()))
