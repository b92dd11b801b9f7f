"""What a page of the console must never do, noted while a browser's context is open."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

from playwright.async_api import BrowserContext, ConsoleMessage, Request, Response, WebError

_CANCELLED = "net::ERR_ABORTED"
_TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`Content-Security-Policy: ${event.effectiveDirective} forbids ${event.blockedURI}`));
"""


class PageWatch:
    """Notes warnings and errors of the console, scripts that fail, requests that fail, are answered by 500 and above or
    go to another host, and what the Content-Security-Policy forbids. A request that the page itself gave up is none.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._problems: list[str] = []
        self._allowed: list[re.Pattern[str]] = []
        self._open: set[Request] = set()
        self._changed_s = time.monotonic()

    @property
    def problems(self) -> Sequence[str]:
        """What was noted and not allowed."""
        return [one for one in self._problems if not any(allowed.search(one) for allowed in self._allowed)]

    def allow(self, pattern: str) -> None:
        """Let problems pass that a test brings about itself: `pattern` is searched for in each."""
        self._allowed.append(re.compile(pattern))

    def quiet_s(self) -> float:
        """Return for how many seconds every request has had an answer, whether its body is all there or not."""
        return 0.0 if self._open else time.monotonic() - self._changed_s

    async def attach(self, context: BrowserContext) -> None:
        """Watch every page of a context from now on."""
        await context.add_init_script(_TELL_VIOLATIONS)
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("request", self._on_request)
        context.on("response", self._on_response)
        context.on("requestfailed", self._on_failure)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning", "assert"}:
            self._problems.append(f"console {message.type}: {message.text} ({message.location['url']})")

    def _on_error(self, error: WebError) -> None:
        self._problems.append(f"script failed: {error.error.stack or error.error.message}")

    def _on_request(self, request: Request) -> None:
        self._open.add(request)
        if not request.url.startswith((f"{self._base_url}/", "data:", "blob:")):
            self._problems.append(f"another host was asked: {request.url}")

    def _on_response(self, response: Response) -> None:
        self._on_end(response.request)
        if response.status >= 500:
            self._problems.append(f"answered {response.status}: {response.request.method} {response.url}")

    def _on_failure(self, request: Request) -> None:
        self._on_end(request)
        if request.failure != _CANCELLED:
            self._problems.append(f"request failed: {request.method} {request.url}: {request.failure}")

    def _on_end(self, request: Request) -> None:
        self._open.discard(request)
        self._changed_s = time.monotonic()
