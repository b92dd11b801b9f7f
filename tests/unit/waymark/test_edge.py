"""The edge and the single machine send every request to the same service."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.paths import ROUTES, service_for
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
    ],
)
def test_requests_reach_their_service(method: str, path: str, service: str | None) -> None:
    assert service_for(method, path) == by_nginx(method, path) == service


def test_the_index_leads_to_what_the_edge_answers() -> None:
    found = re.search(r"location = / \{[^}]*return 200 '(.*)';", render_nginx())
    assert found is not None
    links = json.loads(found[1])["links"]
    assert {"/healthz", "/asyncapi.json"} <= set(links.values())
    for path in links.values():
        assert by_nginx("GET", path) or f"location = {path} {{" in render_nginx()
