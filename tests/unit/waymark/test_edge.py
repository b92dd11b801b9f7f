"""The edge and the single machine send every request to the same service."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.paths import HOME, ROUTES, service_for
from waymark.edge import render_nginx

_ENTRY = re.compile(r'^ {8}"(~\^.*)" (\w+);$', re.MULTILINE)
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


def by_nginx(method: str, path: str) -> str | None:
    """What the configuration's map says, read as nginx reads it: the first expression that matches."""
    for expression, service in _ENTRY.findall(render_nginx().split("$service {")[1]):
        if re.match(expression.removeprefix("~"), f"{method} {path}"):
            return str(service)
    return None


@given(
    st.sampled_from(_METHODS),
    st.sampled_from([route.path for route in ROUTES] + ["/", "/api", "/api/interactions/timeline"]),
    st.sampled_from(["", "/", "/x", "x", "/batch", "%2Fbatch", "/a/b"]),
)
def test_both_agree_on_every_request(method: str, path: str, rest: str) -> None:
    assert by_nginx(method, path + rest) == service_for(method, path + rest)


@pytest.mark.parametrize(
    ("method", "path", "service"),
    [
        ("POST", "/api/interactions", "gateway"),
        ("GET", "/api/interactions", "queries"),
        ("POST", "/api/interactions/batch", "gateway"),
        ("GET", "/api/interactions/gaps", "queries"),
        ("GET", "/api/interactionsX", None),
        ("GET", "/api/v1/events", "queries"),
        ("GET", "/api/v1/events/aggregate", "queries"),
        ("GET", "/api/v1/events/stream", "queries"),
        ("GET", "/api/v1/events/correlation/u1", "traces"),
        ("POST", "/api/v1/events", "gateway"),
        ("POST", "/v1/traces", "gateway"),
        ("PUT", "/api/v1/event-types/order.paid/schema", "catalog"),
        ("DELETE", "/api/keys/1", "accounts"),
        ("GET", "/api/traces", "traces"),
        ("GET", "/api/traces/a%2Fb/tree", "traces"),
        ("GET", "/api/origins/graph", "traces"),
        ("GET", "/api/origins/1", "catalog"),
        ("GET", "/console/traces/a%2Fb", "console"),
    ],
)
def test_requests_reach_their_service(method: str, path: str, service: str | None) -> None:
    assert service_for(method, path) == by_nginx(method, path) == service


def test_the_address_itself_leads_to_the_console_under_whatever_name_it_was_reached() -> None:
    found = re.search(r"absolute_redirect off;\s+location = / \{\s+return 302 (\S+);", render_nginx())
    assert found is not None
    assert by_nginx("GET", found[1]) == service_for("GET", HOME) == "console"


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/asyncapi.json", "/healthz", "/readyz"])
def test_the_edge_answers_what_describes_and_observes_the_server(path: str) -> None:
    assert by_nginx("GET", path) or f"location = {path} {{" in render_nginx()
