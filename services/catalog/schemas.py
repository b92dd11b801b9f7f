"""Request and response bodies of the catalog's routes."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, JsonValue, StringConstraints

from libs.httpkit.camel import Camel, CamelBody
from libs.httpkit.paging import Pagination
from services.catalog.model import Draft, is_color, is_mnemonic

_EXAMPLE: dict[str, JsonValue] = {
    "title": "Invoice",
    "mnemonic": "INVOICE",
    "description": "A bill sent to a customer",
    "icon": "🧾",
    "fontColorHex": "#fff",
    "bgColorHex": "#0ea5e9",
}
_STORED: dict[str, JsonValue] = {
    **_EXAMPLE,
    "isSystem": False,
    "createdDate": "2026-01-15T10:30:00.000Z",
    "modifiedDate": "2026-01-15T10:30:00.000Z",
    "archivedDate": None,
    "version": 1,
}
_ID = "6f1c2c39-9c1a-5a53-8f0b-0f4a6f0d2c11"


def _mnemonic(text: str) -> str:
    if not is_mnemonic(text):
        raise ValueError("1 to 64 of letters, digits and _ . : - are expected, beginning with a letter or digit")
    return text


def _color(text: str) -> str:
    if not is_color(text):
        raise ValueError("a colour as #rgb or #rrggbb is expected")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("a text that is not blank is expected")
    return text


Title = Annotated[str, StringConstraints(max_length=200), AfterValidator(_not_blank)]
Mnemonic = Annotated[str, AfterValidator(_mnemonic)]
Description = Annotated[str, StringConstraints(max_length=2000)]
Icon = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Color = Annotated[str, AfterValidator(_color)]


class ItemIn(CamelBody):
    """An item to define or replace. Colours are `#rgb` or `#rrggbb`; a field that a PUT leaves out becomes null."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    title: Title
    mnemonic: Mnemonic
    description: Description | None = None
    icon: Icon | None = None
    font_color_hex: Color | None = None
    bg_color_hex: Color | None = None

    def draft(self) -> Draft:
        """Return the body as the rules take it."""
        return Draft(**self.model_dump())


class _Stored(Camel):
    title: str
    mnemonic: str
    description: str | None
    icon: str | None
    font_color_hex: str | None
    bg_color_hex: str | None
    is_system: bool
    created_date: str
    modified_date: str
    archived_date: str | None
    version: int


class ResourceTypeOut(_Stored):
    """A resource type."""

    model_config = ConfigDict(json_schema_extra={"example": {"resourceTypeId": _ID, **_STORED}})

    resource_type_id: uuid.UUID


class ActionOut(_Stored):
    """An action."""

    model_config = ConfigDict(json_schema_extra={"example": {"actionId": _ID, **_STORED}})

    action_id: uuid.UUID


class OriginOut(_Stored):
    """An origin."""

    model_config = ConfigDict(json_schema_extra={"example": {"originId": _ID, **_STORED}})

    origin_id: uuid.UUID


class ResourceTypePage(Camel):
    """One page of resource types."""

    data: list[ResourceTypeOut]
    pagination: Pagination


class ActionPage(Camel):
    """One page of actions."""

    data: list[ActionOut]
    pagination: Pagination


class OriginPage(Camel):
    """One page of origins."""

    data: list[OriginOut]
    pagination: Pagination


OUT: dict[str, tuple[Any, Any]] = {
    "resource_type": (ResourceTypeOut, list[ResourceTypeOut] | ResourceTypePage),
    "action": (ActionOut, list[ActionOut] | ActionPage),
    "origin": (OriginOut, list[OriginOut] | OriginPage),
}
"""Kind → the models of one item and of a list without and with `page`."""
