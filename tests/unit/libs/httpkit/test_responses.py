"""What a route documents follows from what it is made of: its dependencies, its body, its path, its family."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import Depends
from pydantic import BaseModel

from libs.httpkit import dialects
from libs.httpkit.app import create_app
from libs.httpkit.errors import ApiError, Conflict, Forbidden, Unavailable
from libs.httpkit.raising import raises
from libs.httpkit.responses import Responses
from libs.httpkit.router import FamilyRouter


class Locked(Conflict):
    """somebody else holds it"""


@raises(Locked, Unavailable)
async def inner() -> None:
    """A dependency of a dependency."""


@raises(Forbidden)
async def outer(_: Annotated[None, Depends(inner)]) -> None:
    """A dependency."""


class Body(BaseModel):
    name: str


def documented(dialect: dialects.Dialect = dialects.problem) -> dict[str, Any]:
    """The paths of an app with a route of each sort."""
    router = FamilyRouter(dialect=dialect)
    answers = Responses({404: "No such thing", 409: "Taken"})

    @router.get("/bare")
    async def bare() -> None: ...

    @router.get("/things/{thing}", responses=answers.errors(404))
    async def thing(thing: str) -> None: ...

    @router.post("/things", responses=answers.of(Body, 409))
    async def make(body: Body, _: Annotated[None, Depends(outer)]) -> None: ...

    paths: dict[str, Any] = create_app("t", routers=[router]).openapi()["paths"]
    return paths


def errors(operation: dict[str, Any]) -> dict[str, str]:
    """Status → content type of the errors."""
    return {
        status: ", ".join(answer["content"]) for status, answer in operation["responses"].items() if status >= "400"
    }


def test_every_route_may_end_in_its_own_checks() -> None:
    assert errors(documented()["/bare"]["get"]) == dict.fromkeys(("422", "500"), "application/problem+json")


def test_a_path_value_and_the_routes_own_errors_are_there() -> None:
    operation = documented()["/things/{thing}"]["get"]
    assert errors(operation).keys() == {"400", "404", "422", "500"}
    assert operation["responses"]["404"]["description"] == "No such thing"


def test_dependencies_at_any_depth_and_the_body_are_there() -> None:
    operation = documented()["/things"]["post"]
    assert errors(operation).keys() == {"400", "403", "408", "409", "413", "415", "422", "500", "503"}
    assert operation["responses"]["409"]["description"] == "Taken; somebody else holds it"
    assert operation["responses"]["413"]["description"] == "The body is larger than 16384 bytes"
    assert "Retry-After" in operation["responses"]["503"]["headers"]


def test_the_family_says_status_and_content_type() -> None:
    found = errors(documented(dialects.events)["/things"]["post"])
    assert "400" not in found
    assert (found["422"], found["409"]) == ("application/json", "application/problem+json")


@pytest.mark.parametrize(
    "dialect", [dialects.problem, dialects.events, dialects.critical_interactions, dialects.metrics]
)
@pytest.mark.parametrize("status", [400, 404, 409, 422, 503])
def test_the_schema_is_that_of_what_is_sent(dialect: dialects.Dialect, status: int) -> None:
    error = ApiError("no")
    error.status = status
    rendered = dialect(error)
    sent_status, content = dialect.document(error)
    assert (sent_status, set(content)) == (rendered.status, {rendered.media_type})
    dialect.models[rendered.media_type].model_validate_json(rendered.body)


def test_schemas_of_errors_are_in_the_document() -> None:
    app = create_app("t", routers=[FamilyRouter(dialect=dialects.events)])
    assert {"ProblemOut", "InvalidOut", "ViolationOut"} <= app.openapi()["components"]["schemas"].keys()
