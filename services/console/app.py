"""Composes the console: the built files, and what pages are told of the installation."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TypedDict

from libs.service.parts import Parts
from services.console.assets import Build
from services.console.schemas import Config
from services.console.settings import ConsoleSettings

DIST = Path(__file__).with_name("web") / "dist"
"""Where the build lies; it may come and be replaced while the service runs."""


class State(TypedDict):
    """The state that requests find in their scope."""

    build: Build
    config: Config


async def start(_: Parts, settings: ConsoleSettings) -> State:
    """Return the build and the configuration; nothing has to be brought up."""
    return State(build=Build(DIST), config=Config(version=version("waymark"), grafanaUrl=settings.grafana_url))
