"""Which service answers which HTTP path, declared once.

The single machine's front and the edge proxy both derive their routing from `ROUTES`; the first that fits wins.
"""

from __future__ import annotations

from dataclasses import dataclass

GATEWAY = "gateway"
ACCOUNTS = "accounts"
CATALOG = "catalog"
CONSOLE = "console"
QUERIES = "queries"
TRACES = "traces"
MONITORING = "monitoring"
METRICS = "metrics"
WORKFLOWS = "workflows"
FRONT = "front"
"""Not a service: it answers for all of them together."""


@dataclass(frozen=True, slots=True)
class Route:
    """A path (`exact`) or everything under it, for the given method or for any."""

    path: str
    service: str
    method: str | None = None
    exact: bool = False

    def fits(self, method: str, path: str) -> bool:
        """Return whether a request belongs to this route's service."""
        if self.method is not None and method != self.method:
            return False
        return path == self.path or (not self.exact and path.startswith(self.path + "/"))


ROUTES: tuple[Route, ...] = (
    Route("/api/interactions", GATEWAY, method="POST", exact=True),
    Route("/api/interactions/batch", GATEWAY, exact=True),
    Route("/api/v1/events", GATEWAY, method="POST", exact=True),
    Route("/v1/traces", GATEWAY, exact=True),
    Route("/v1/logs", GATEWAY, exact=True),
    Route("/v1/metrics", GATEWAY, exact=True),
    Route("/api/interactions", QUERIES),
    Route("/api/activity", QUERIES),
    Route("/api/traces", TRACES),
    Route("/api/origins/graph", TRACES, exact=True),
    Route("/api/v1/events/correlation", TRACES),
    Route("/api/v1/events", QUERIES),
    Route("/asyncapi.json", QUERIES, exact=True),
    Route("/api/resource-types", CATALOG),
    Route("/api/actions", CATALOG),
    Route("/api/origins", CATALOG),
    Route("/api/v1/event-types", CATALOG),
    Route("/v1/interactions", MONITORING),
    Route("/v1/slos", MONITORING),
    Route("/v1/webhooks", MONITORING),
    Route("/v1/alert-rules", MONITORING),
    Route("/api/v1/behavioral-metrics", METRICS),
    Route("/api/v1/contact-policies", METRICS),
    Route("/api/v1/qualification-rules", METRICS),
    Route("/api/v1/workflows", WORKFLOWS),
    Route("/api/v1/workflow-sessions", WORKFLOWS),
    Route("/api/v1/task-types", WORKFLOWS),
    Route("/api/v1/providers", WORKFLOWS),
    Route("/api/v1/integrations", WORKFLOWS),
    Route("/api/v1/integration-types", WORKFLOWS),
    Route("/run", WORKFLOWS),
    Route("/api/keys", ACCOUNTS),
    Route("/api/v1/auth", ACCOUNTS),
    Route("/.well-known/jwks.json", ACCOUNTS, exact=True),
    Route("/console", CONSOLE),
    Route("/docs", FRONT),
    Route("/openapi.json", FRONT, exact=True),
    Route("/readyz", FRONT, exact=True),
)
HOME = "/console/"
"""Where `GET /` leads."""
SERVICES = tuple(sorted({route.service for route in ROUTES} - {FRONT}))


def methods_declared(path: str) -> frozenset[str]:
    """Return the methods of a path that are declared one by one, each for a service of its own."""
    return frozenset(route.method for route in ROUTES if route.method is not None and route.fits(route.method, path))


def service_for(method: str, path: str) -> str | None:
    """Return the service that answers a request, `FRONT`, or None when no route fits."""
    return next((route.service for route in ROUTES if route.fits(method, path)), None)
