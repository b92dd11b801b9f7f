"""How callers run a workflow: the request, with a body made of its blanks, and an OpenAPI document of it alone."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from services.workflows.definitions.model import Workflow
from services.workflows.family import RUN_PATH
from services.workflows.values.blanks import body_schema, example_body
from services.workflows.values.nodes import Blank

METHOD: Final = "POST"
_HEADERS: Final = {"Authorization": "Bearer <token>", "Content-Type": "application/json"}
_SECURITY: Final = {
    "token": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
}
_ANSWERS: Final = {
    "200": "The session, completed",
    "202": "The session, which runs on: after `Prefer: respond-async`, or when it took longer than the caller waits",
    "409": "The workflow is not active",
    "422": "Something is missing in the body, or of another type",
    "424": "The session failed or was cancelled",
    "503": "Too much waits, or the log is away",
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A version of a workflow, the blanks of its callers, and the URL under which all is answered."""

    workflow: Workflow
    version: int
    blanks: Sequence[Blank]
    base_url: str

    @property
    def url(self) -> str:
        """The URL that runs the workflow."""
        return f"{self.base_url}{RUN_PATH}/{self.workflow.name}"

    def details(self) -> dict[str, Any]:
        """Return the request that runs the workflow, in every form."""
        body = example_body(self.blanks)
        return {
            "method": METHOD,
            "url": self.url,
            "headers": _HEADERS,
            "body": body,
            "bodySchema": body_schema(self.blanks),
            "curl": self._curl(body),
            "openapi": self._paths(body),
            "active": self.workflow.active,
        }

    def openapi(self) -> dict[str, Any]:
        """Return an OpenAPI document of this request alone."""
        description = self.workflow.definition.description
        return {
            "openapi": "3.1.0",
            "info": {
                "title": self.workflow.name,
                "version": str(self.version),
                **({"description": description} if description else {}),
            },
            "servers": [{"url": self.base_url}],
            "paths": self._paths(example_body(self.blanks)),
            "components": {"securitySchemes": _SECURITY},
            "security": [{name: []} for name in _SECURITY],
        }

    def _paths(self, body: dict[str, Any]) -> dict[str, Any]:
        return paths_of(self.workflow.name, body_schema(self.blanks), body)

    def _curl(self, body: dict[str, Any]) -> str:
        words = ["curl", "-X", METHOD, self.url]
        for name, value in _HEADERS.items():
            words += ["-H", f"{name}: {value}"]
        return shlex.join([*words, "-d", orjson.dumps(body).decode()])


def paths_of(name: str, schema: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """Return the `paths` of an OpenAPI document that runs the workflow `name`; `body` is an example of `schema`."""
    operation = {
        "operationId": name,
        "summary": f"Run {name}",
        "requestBody": {
            "required": bool(schema["required"]),
            "content": {"application/json": {"schema": schema, "example": body}},
        },
        "responses": {status: {"description": words} for status, words in _ANSWERS.items()},
    }
    return {f"{RUN_PATH}/{name}": {"post": operation}}
