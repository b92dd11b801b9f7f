"""The console, declared."""

from __future__ import annotations

from libs.contracts.paths import CONSOLE
from libs.lazy import lazy_imports
from libs.service.service import Api, Service
from services.console.settings import ConsoleSettings

with lazy_imports():
    from services.console import api, app, page_headers

SERVICE = Service(
    CONSOLE,
    description="The web page for people: its files, and what it is told of the installation.",
    settings=ConsoleSettings,
    topics=(),
    api=lambda: Api(app.start, routers=(api.router,), front=page_headers.PageHeaders),
)
