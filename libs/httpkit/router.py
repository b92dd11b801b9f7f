"""The router of one API family: it knows the family's dialect, and hands its endpoints requests already checked.

Whoever may not call a route is refused before its body is read. Errors are only raised here; the app's handlers render
them in the dialect this router left in the scope.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.params import Depends
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from libs.httpkit.admission import admission_of
from libs.httpkit.bodies import OPEN_BUDGET, PROCESS_BUDGET, body_limit_of
from libs.httpkit.dialects import Dialect, problem
from libs.httpkit.errors import (
    ApiError,
    BadRequest,
    BodyTimeout,
    InternalError,
    MalformedBody,
    TooLarge,
    Unavailable,
    Unprocessable,
    UnsupportedMediaType,
)
from libs.httpkit.near_names import KnownNames
from libs.httpkit.paths import decode_path_params
from libs.httpkit.raising import raised_by
from libs.httpkit.requests import LimitedRequest, address_of, check_query
from libs.httpkit.responses import described
from libs.telemetry.middleware import ROUTE_TEMPLATE

DIALECT = "waymark.dialect"


_EVERY_ROUTE = (InternalError, Unprocessable)
_WITH_BODY = (MalformedBody, BodyTimeout, TooLarge, UnsupportedMediaType, Unavailable)


class FamilyRoute(APIRoute):
    """A route that says its dialect and template in the scope, reads bodies within limits and decodes path values.

    It documents every error that its checks and its dependencies raise.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        limit_bytes = body_limit_of(self.endpoint, is_open=admission_of(self.dependant) is None)
        self.responses = described(self.responses, self._raised(), self.document, limit_bytes=limit_bytes)

    @classmethod
    def dialect(cls) -> Dialect:
        """Return the dialect of the family this route belongs to."""
        return problem

    @classmethod
    def document(cls, error: ApiError) -> tuple[int, dict[str, Any]]:
        """Return the status of an error, and its content as OpenAPI describes it."""
        return cls.dialect().document(error)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match as Starlette does; a partial match (405) says the dialect too."""
        match, child_scope = super().matches(scope)
        if match != Match.NONE:
            child_scope[DIALECT] = self.dialect()
            child_scope[ROUTE_TEMPLATE] = self.path_format
        return match, child_scope

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the endpoint behind the checks of `LimitedRequest`."""
        handle = super().get_route_handler()
        admit = admission_of(self.dependant)
        budget = OPEN_BUDGET if admit is None else PROCESS_BUDGET
        limit_bytes = body_limit_of(self.endpoint, is_open=admit is None)
        takes_json = self.body_field is not None
        names = KnownNames(query_names(self.dependant))

        async def checked(request: Request) -> Response:
            holder = address_of(request) if admit is None else await admit(request)
            with budget.lease(holder) as lease:
                limited = LimitedRequest(request.scope, request.receive, limit_bytes=limit_bytes, lease=lease)
                check_query(limited.query_params, names)
                decode_path_params(limited.scope)
                if takes_json:
                    await limited.check_json_body()
                return await handle(limited)

        return checked

    def _raised(self) -> Iterator[type[ApiError]]:
        """Yield the errors that the route's checks, its parameters and its dependencies raise."""
        yield from _EVERY_ROUTE
        if self.param_convertors:
            yield BadRequest
        if self.body_field is not None or "requestBody" in (self.openapi_extra or {}):
            yield from _WITH_BODY
        yield from raised_by(self.dependant)


def query_names(dependant: Dependant) -> Iterator[str]:
    """Yield the names of the query parameters that a route and its dependencies declare."""
    for field in dependant.query_params:
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from (one.alias or name for name, one in model.model_fields.items())
        else:
            yield field.alias
    for inner in dependant.dependencies:
        yield from query_names(inner)


class FamilyRouter(APIRouter):
    """An `APIRouter` of one API family. Give it its whole `prefix`, so that route templates are whole as well."""

    def __init__(
        self,
        *,
        dialect: Dialect = problem,
        prefix: str = "",
        tags: list[str] | None = None,
        dependencies: Sequence[Depends] = (),
    ) -> None:

        class DialectRoute(FamilyRoute):
            @classmethod
            def dialect(cls) -> Dialect:
                return dialect

        super().__init__(
            prefix=prefix,
            tags=list(tags or ()),
            dependencies=dependencies,
            route_class=DialectRoute,
            strict_content_type=False,
        )
        self.dialect = dialect
