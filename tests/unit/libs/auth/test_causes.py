"""The correlation of a change: the request's trace, else one of the request's own."""

from __future__ import annotations

import re

import pytest
from starlette.requests import Request

from libs.auth.causes import cause_of, correlation_of
from libs.auth.principal import Principal

TRACE = "0af7651916cd43dd8448eb211c80319c"


def request_with(**headers: str) -> Request:
    return Request(
        {
            "type": "http",
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        }
    )


def test_a_traced_request_is_its_own_correlation() -> None:
    assert correlation_of(request_with(traceparent=f"00-{TRACE}-b7ad6b7169203331-01")) == TRACE


@pytest.mark.parametrize("headers", [{}, {"traceparent": "nonsense"}, {"traceparent": f"00-{'0' * 32}-{'0' * 16}-01"}])
def test_any_other_gets_a_trace_id_that_no_other_request_has(headers: dict[str, str]) -> None:
    one, other = request_with(x_request_id="mine", **headers), request_with(x_request_id="mine", **headers)

    assert re.fullmatch("[0-9a-f]{32}", correlation_of(one))
    assert correlation_of(one) == correlation_of(Request(one.scope)) != correlation_of(other)


def test_a_cause_names_the_caller() -> None:
    principal = Principal(tenant_id="acme", subject="u1", roles=frozenset(), actor_type="user")
    request = request_with()

    cause = cause_of(principal, request)

    assert (cause.actor.id, cause.actor.type, cause.correlation_id) == ("u1", "user", correlation_of(request))
