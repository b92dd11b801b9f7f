"""`/docs`: the app's OpenAPI document to read and to try, by Swagger UI from the app's own address.

Its policy lets the page load and call nothing else; for that its script is a file too.
"""

from __future__ import annotations

import html
from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal

from fastapi import Path
from starlette.responses import Response

from libs.httpkit.router import FamilyRouter

PATH = "/docs"
Asset = Literal["swagger-ui-bundle.js", "swagger-ui.css", "start.js"]
_MEDIA_TYPES: dict[Asset, str] = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "start.js": "text/javascript",
}
_KEPT = {"Cache-Control": "public, max-age=86400"}
_POLICY: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}
_PAGE: Final = f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{title}}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{PATH}/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="{PATH}/swagger-ui-bundle.js"></script>
<script src="{PATH}/start.js"></script>
</body>
</html>
"""
_START: Final = b"""\
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  showExtensions: true,
  showCommonExtensions: true,
});
"""


def docs_router(title: str) -> FamilyRouter:
    """Return the page and the files that it loads; they are not part of the document."""
    router = FamilyRouter(prefix=PATH)
    page = _PAGE.format(title=html.escape(title))

    @router.get("", include_in_schema=False)
    async def show() -> Response:
        return Response(page, media_type="text/html", headers=_POLICY)

    @router.get("/{asset}", include_in_schema=False)
    async def asset(name: Annotated[Asset, Path(alias="asset")]) -> Response:
        return Response(_content(name), media_type=_MEDIA_TYPES[name], headers=_KEPT)

    return router


@cache
def _content(name: Asset) -> bytes:
    return _START if name == "start.js" else (files("fastapi_offline") / "static" / name).read_bytes()
