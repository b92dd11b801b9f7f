"""Answers that the routes of critical interactions and of what is built on them have in common: `data`, entity tags."""

from __future__ import annotations

from typing import Any, Protocol

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from libs.httpkit.preconditions import etag
from libs.objects.writes import Written
from libs.service.writing import position_header


def data(content: dict[str, Any], *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return the content under `data`."""
    return JSONResponse({"data": content}, status, headers=headers)


class Versioned(Protocol):
    """An object whose version each change raises."""

    @property
    def version(self) -> int: ...


def write_answer(
    request: Request, content: dict[str, Any], written: Written[Versioned], *, status: int = 200
) -> Response:
    """Return the answer of a write, under `data`, with the entity tag of the object that it left."""
    headers = {"ETag": etag(written.result.version), **position_header(request, written.positions)}
    return data(content, status=status, headers=headers)
