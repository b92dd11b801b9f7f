"""`http-request`: one call of a URL of the tenant's, the reply being the output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from libs.outbound.calls import Reply
from libs.outbound.client import MAX_REDIRECTS
from services.workflows.integrations.http_auth import absolute_url, added_headers
from services.workflows.integrations.types.http import HTTP
from services.workflows.task_types.fields import described, form, outputs, text
from services.workflows.task_types.http_bodies import reply_body, request_body
from services.workflows.task_types.http_failures import called, failed_status
from services.workflows.task_types.model import Call, Completed, Json, TaskFailed, TypeFace
from services.workflows.task_types.outputs import MAX_OUTPUT_BYTES

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_NOT_IDEMPOTENT: Final = frozenset(("POST", "PATCH"))
_MAX_URL_CHARS: Final = 8_000
_SUCCESS: Final = ("2xx",)


class HttpRequest:
    """The type. What is called with an `http` integration gets its credentials under its base URL alone."""

    face: Final = TypeFace(
        type="http-request",
        title="Http request",
        description="Calls a URL. `Idempotency-Key` has the task's key, the same in each attempt.",
        fields=form(
            {
                "url": text("URL", "With an integration a path below its base URL will do.", limit=_MAX_URL_CHARS),
                "method": described({"type": "string", "enum": list(METHODS), "default": "GET"}, "Method"),
                "headers": described({"type": "object", "additionalProperties": {"type": "string"}}, "Headers"),
                "query": described({"type": "object"}, "Query", "Parameters; a list repeats one, null leaves it out."),
                "body": described({}, "Body", "A text is sent as it is, any other value as JSON."),
                "expect": described(
                    {
                        "type": "array",
                        "items": {
                            "anyOf": [
                                {"type": "integer", "minimum": 100, "maximum": 599},
                                {"type": "string", "pattern": "^[1-5]xx$"},
                            ]
                        },
                        "default": list(_SUCCESS),
                    },
                    "Expected statuses",
                    "Any other status is a failure.",
                ),
                "maxBytes": described(
                    {"type": "integer", "minimum": 1, "maximum": MAX_OUTPUT_BYTES, "default": MAX_OUTPUT_BYTES},
                    "Largest body",
                    "In bytes; a larger one is a failure.",
                ),
                "redirects": described(
                    {"type": "integer", "minimum": 0, "maximum": MAX_REDIRECTS, "default": MAX_REDIRECTS},
                    "Redirects",
                    "So many are followed; with 0 one is a reply.",
                ),
            },
            required=("url",),
        ),
        outputs=outputs(
            {
                "status_code": {"type": "integer"},
                "headers": {"type": "object", "description": "By their names in lower case."},
                "body": {"description": 'A JSON value, a text, `{"base64"}` of other content, null without any.'},
            }
        ),
        effect="at-least-once",
        integrations=(HTTP,),
    )

    async def run(self, call: Call) -> Completed:
        return Completed(_output(await _reply(call), call.body.get("expect") or _SUCCESS))

    def is_repeatable(self, body: Mapping[str, Json]) -> bool:
        return _method(body) not in _NOT_IDEMPOTENT


def _method(body: Mapping[str, Json]) -> str:
    method: str = body.get("method") or "GET"
    return method


async def _reply(call: Call) -> Reply:
    body, max_redirects = call.body, call.body.get("redirects")
    url = absolute_url(call.connected, body["url"])
    content, content_type = (b"", None) if body.get("body") is None else request_body(body["body"])
    own = {"idempotency-key": call.key} | ({"content-type": content_type} if content_type else {})
    return await called(
        call.tools.outbound.request(
            _method(body),
            _with_query(url, body.get("query") or {}),
            headers=own | added_headers(call.connected, url) | _headers(body.get("headers") or {}),
            body=content,
            timeout_s=call.timeout_s,
            max_body_bytes=body.get("maxBytes") or MAX_OUTPUT_BYTES,
            max_redirects=MAX_REDIRECTS if max_redirects is None else max_redirects,
        )
    )


def _output(reply: Reply, expected: Sequence[int | str]) -> Json:
    if reply.status not in expected and f"{reply.status // 100}xx" not in expected:
        raise failed_status(reply)
    if reply.is_cut:
        raise TaskFailed("output_too_large", "the reply's body is larger than it may be")
    return {"status_code": reply.status, "headers": dict(reply.headers), "body": reply_body(reply)}


def _headers(given: Mapping[str, Json]) -> dict[str, str]:
    return {name.lower(): _word(value) for name, value in given.items() if value is not None}


def _with_query(url: str, query: Mapping[str, Json]) -> str:
    named = [(name, _words(value)) for name, value in query.items() if value is not None]
    if not named:
        return url
    base, _, fragment = url.partition("#")
    joint = "&" if "?" in base else "?"
    return f"{base}{joint}{urlencode(named, doseq=True)}" + (f"#{fragment}" if fragment else "")


def _words(value: Json) -> str | list[str]:
    return [_word(one) for one in value] if isinstance(value, list) else _word(value)


def _word(value: Json) -> str:
    """Return a value as a word: a text as it is, any other value as JSON."""
    return value if isinstance(value, str) else request_body(value)[0].decode()
