"""Definitions as requests send them and answers have them: JSON, or YAML where that is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import orjson
from fastapi import Depends, Header, Query, Request
from fastapi.responses import Response

from libs.httpkit.errors import MalformedBody, Unprocessable, Violation
from libs.httpkit.json_values import check_json, without_bom
from libs.httpkit.media_types import essence_of, require_json, require_utf_8
from libs.httpkit.raising import raises
from libs.httpkit.validation import json_type
from services.workflows.definitions.yaml_form import MAX_NESTING, read_yaml, write_yaml

JSON: Final = "application/json"
YAML: Final = "application/yaml"
_YAML_TYPES: Final = frozenset((YAML, "application/x-yaml", "text/yaml", "text/x-yaml"))
_JSON_TYPES: Final = frozenset((JSON, "application/*", "*/*"))


def read_document(content_type: str | None, raw: bytes) -> dict[str, Any]:
    """Return the object that a body is. Raises MalformedBody, UnsupportedMediaType, Unprocessable."""
    raw = without_bom(raw)
    if essence_of(content_type) in _YAML_TYPES:
        require_utf_8(content_type)
        value = _yaml(raw)
    else:
        require_json(content_type)
        value = _json(raw)
    if not isinstance(value, dict):
        raise Unprocessable(Violation(("body",), f"an object is expected, not {json_type(value)}", "type_error"))
    return value


def written(content: Mapping[str, Any], *, as_yaml: bool, status: int = 200, headers: Mapping[str, str]) -> Response:
    """Return an answer as JSON or YAML."""
    body = write_yaml(content).encode() if as_yaml else orjson.dumps(content)
    return Response(body, status, headers=dict(headers), media_type=YAML if as_yaml else JSON)


def prefers_yaml(accept: str) -> bool:
    """Return whether an `Accept` header would rather have YAML than JSON."""
    return _quality(accept, _YAML_TYPES) > _quality(accept, _JSON_TYPES)


async def _document(request: Request) -> dict[str, Any]:
    return read_document(request.headers.get("content-type"), await request.body())


@raises(Unprocessable)
async def _as_yaml(
    wanted: Annotated[
        Literal["json", "yaml"] | None, Query(alias="format", description="Of the answer; goes before `Accept`.")
    ] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> bool:
    return prefers_yaml(accept) if wanted is None else wanted == "yaml"


DocumentOf = Annotated[dict[str, Any], Depends(_document)]
"""The request's body, of either form."""
AsYaml = Annotated[bool, Depends(_as_yaml)]
"""Whether the answer is wanted as YAML."""


def _yaml(raw: bytes) -> Any:
    try:
        value = read_yaml(raw.decode())
    except UnicodeDecodeError:
        raise MalformedBody("the body is not UTF-8", kind="yaml_invalid") from None
    check_json(orjson.dumps(value), max_depth=MAX_NESTING)
    return value


def _json(raw: bytes) -> Any:
    check_json(raw, max_depth=MAX_NESTING)
    try:
        return json.loads(raw, object_pairs_hook=_members)
    except ValueError as error:
        raise MalformedBody(f"not valid JSON: {error}") from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Unprocessable(Violation(("body",), f"the key {twice!r} comes twice in an object", "duplicate_key"))
    return members


def _quality(accept: str, types: frozenset[str]) -> float:
    """Return the highest quality that a header gives to one of the types, 0 for none."""
    return max((_weight(part) for part in accept.split(",") if essence_of(part) in types), default=0.0)


def _weight(part: str) -> float:
    for parameter in part.split(";")[1:]:
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
