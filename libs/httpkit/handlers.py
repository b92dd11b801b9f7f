"""Turns whatever a request ended in into an answer in the shape of its route's family; nothing internal leaves here.

`HttpFallback` is the one place that catches every exception on the HTTP side: the traceback goes to the log, the
caller gets a plain 500.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.httpkit.allow import allow_header
from libs.httpkit.dialects import Render, Rendered, problem
from libs.httpkit.errors import (
    ApiError,
    InternalError,
    MalformedBody,
    MethodNotAllowed,
    NotFound,
    TooLarge,
    Unprocessable,
    unavailable,
)
from libs.httpkit.router import DIALECT
from libs.httpkit.validation import violations_in
from libs.telemetry.logger import get_logger

_log = get_logger(__name__)
RETRY_AFTER_S = 2


def from_validation(error: RequestValidationError) -> ApiError:
    """Return the 400 or 422 for a request that FastAPI refused."""
    raw: Sequence[Any] = error.errors()
    if any(item["type"] == "json_invalid" for item in raw):
        detail = f"not valid JSON: {raw[0].get('ctx', {}).get('error', raw[0]['msg'])}"
        return MalformedBody(detail)
    return Unprocessable(*violations_in(raw))


def from_http(error: HTTPException, scope: Scope) -> ApiError:
    """Return the error for a refusal of Starlette's own: an unknown path, or a method that it lacks."""
    headers = error.headers or {}
    match error.status_code:
        case 404:
            return NotFound("there is nothing at this path", headers=headers)
        case 405:
            return MethodNotAllowed(method=scope["method"], headers={"Allow": allow_header(scope)})
        case 413:
            return TooLarge(error.detail, headers=headers)
    other = ApiError(error.detail, headers=headers)
    other.status, other.title = error.status_code, HTTPStatus(error.status_code).phrase
    other.code = other.title.lower().replace(" ", "_")
    return other


def from_unavailable(error: Exception) -> ApiError:
    """Return the 503 for something that is away, whose words are for the log alone."""
    _log.warning("request_refused_unavailable", error=type(error).__name__, reason=str(error))
    return unavailable("something this needs is away for the moment; try again", RETRY_AFTER_S)


def from_behind(error: Exception) -> ApiError:
    """Return the 503 for something that is not as far as a request asks, in its own words."""
    return unavailable(str(error), RETRY_AFTER_S)


def render(scope: Scope, error: ApiError) -> Rendered:
    """Return the error in the dialect of the route that was matched, else problem+json."""
    write: Render = scope.get(DIALECT, problem)
    return write(error)


async def send_rendered(send: Send, rendered: Rendered) -> None:
    """Send an error answer from a raw ASGI callable."""
    await send({"type": "http.response.start", "status": rendered.status, "headers": list(rendered.headers)})
    await send({"type": "http.response.body", "body": rendered.body})


def install(
    app: FastAPI, unavailable_errors: Iterable[type[Exception]], behind_errors: Iterable[type[Exception]] = ()
) -> None:
    """Register the handlers.

    `unavailable_errors` are what this app's dependencies raise when they are away, `behind_errors` what they raise when
    they are not as far as a request asks, in words that are the caller's to read.
    """

    async def on_api_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, ApiError)
        return _response(request.scope, error)

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return _response(request.scope, from_validation(error))

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 405 and request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": allow_header(request.scope)})
        return _response(request.scope, from_http(error, request.scope))

    async def on_unavailable(request: Request, error: Exception) -> Response:
        return _response(request.scope, from_unavailable(error))

    async def on_behind(request: Request, error: Exception) -> Response:
        return _response(request.scope, from_behind(error))

    async def on_disconnect(_: Request, __: Exception) -> Response:
        return Response(status_code=400)

    app.add_exception_handler(ApiError, on_api_error)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(ClientDisconnect, on_disconnect)
    for kind in unavailable_errors:
        app.add_exception_handler(kind, on_unavailable)
    for kind in behind_errors:
        app.add_exception_handler(kind, on_behind)


def _response(scope: Scope, error: ApiError) -> Response:
    rendered = render(scope, error)
    response = Response(rendered.body, rendered.status)
    response.raw_headers = list(rendered.headers)
    return response


class HttpFallback:
    """ASGI middleware: any exception nobody expected is logged and answered 500, if nothing was sent yet."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through; raise again when the answer had already begun."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_noting_start(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_noting_start)
        except Exception:
            _log.exception("request_failed", method=scope["method"], path=scope["path"])
            if started:
                raise
            await send_rendered(send, render(scope, InternalError()))
