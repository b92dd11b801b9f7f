"""`/docs`: the app's OpenAPI document to read and to try, by Swagger UI from the app's own address."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from fastapi import Path
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import Response

from libs.httpkit.router import FamilyRouter

PATH = "/docs"
Asset = Literal["swagger-ui-bundle.js", "swagger-ui.css"]
_MEDIA_TYPES: dict[Asset, str] = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}
_KEPT = {"Cache-Control": "public, max-age=86400"}


def docs_router(title: str) -> FamilyRouter:
    """Return the page and the files that it loads; they are not part of the document."""
    router = FamilyRouter(prefix=PATH)
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title=title,
        swagger_js_url=f"{PATH}/swagger-ui-bundle.js",
        swagger_css_url=f"{PATH}/swagger-ui.css",
        swagger_favicon_url="data:,",
    )

    @router.get("", include_in_schema=False)
    async def show() -> Response:
        return Response(page.body, media_type="text/html")

    @router.get("/{asset}", include_in_schema=False)
    async def asset(name: Annotated[Asset, Path(alias="asset")]) -> Response:
        return Response(_content(name), media_type=_MEDIA_TYPES[name], headers=_KEPT)

    return router


@cache
def _content(name: Asset) -> bytes:
    return (files("fastapi_offline") / "static" / name).read_bytes()
