"""Answers that the routes of objects have in common: entity tags, positions."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from libs.httpkit.preconditions import etag
from libs.objects.writes import Written
from libs.service.writing import position_header


def write_answer(request: Request, content: Any, written: Written[Any], version: int, *, status: int = 200) -> Response:
    """Return the answer of a write, with the entity tag of the version that it left."""
    headers = {"ETag": etag(version), **position_header(request, written.positions)}
    return JSONResponse(content, status, headers=headers)
