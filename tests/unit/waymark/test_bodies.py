"""Every object that a request's body may be or hold is a model that names misspelt members."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from fastapi.routing import APIRoute
from pydantic import BaseModel

from libs.httpkit.camel import CamelBody
from libs.httpkit.router import FamilyRoute
from waymark.services import SERVICES


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that a type is made of, and those that they are made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_in(field.annotation)
    for part in get_args(annotation):
        yield from models_in(part)


def test_misspelt_members_are_named_in_every_body() -> None:
    found = {
        model
        for service in SERVICES
        for router in service.api().routers
        for route in router.routes
        if isinstance(route, APIRoute) and route.body_field is not None
        for model in models_in(route.body_field.field_info.annotation)
    }
    assert len(found) > 5
    assert {model for model in found if not issubclass(model, CamelBody)} == set()


def test_misspelt_parameters_are_named_on_every_route() -> None:
    routes = [route for service in SERVICES for router in service.api().routers for route in router.routes]
    assert routes
    assert [route for route in routes if not isinstance(route, FamilyRoute)] == []
