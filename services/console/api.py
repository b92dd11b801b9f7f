"""The console over HTTP: one page for all its addresses, the files that the page loads, its configuration."""

from __future__ import annotations

from typing import Annotated, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from libs.contracts.paths import HOME
from libs.httpkit.compression import VARY, accepted_codings
from libs.httpkit.errors import NotFound
from libs.httpkit.router import FamilyRouter
from libs.httpkit.state import state
from services.console.assets import CODINGS, Build
from services.console.page_headers import nonce_of
from services.console.schemas import Config
from services.console.unbuilt import unbuilt_page

_ROOT: Final = HOME.rstrip("/")
_KEPT_FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
BuildOf = Annotated[Build, state("build")]
ConfigOf = Annotated[Config, state("config")]

router = FamilyRouter(prefix=_ROOT)


@router.get("", include_in_schema=False)
async def lead_home(request: Request) -> Response:
    query = request.url.query
    return RedirectResponse(f"{HOME}?{query}" if query else HOME, 302)


@router.get("/config.json", include_in_schema=False)
async def configuration(config: ConfigOf) -> Response:
    return JSONResponse(config)


@router.get("/assets/{name:path}", include_in_schema=False)
async def asset(request: Request, name: str, build: BuildOf) -> Response:
    found = await build.asset(name, accepted_codings(request.headers.raw, CODINGS))
    if found is None:
        raise NotFound(what="file", identifier=name)
    coding = {} if found.coding is None else {"Content-Encoding": found.coding}
    return Response(found.content, media_type=found.media_type, headers={**_KEPT_FOR_EVER, **VARY, **coding})


@router.get("/{path:path}", include_in_schema=False)
async def page(request: Request, path: str, build: BuildOf) -> Response:
    if not _is_page(request):
        raise NotFound(what="page", identifier=path)
    nonce = nonce_of(request)
    content = await build.page(nonce)
    if content is None:
        return Response(unbuilt_page(nonce), 503, media_type="text/html")
    return Response(content, media_type="text/html")


def _is_page(request: Request) -> bool:
    """Return whether a page is meant: the last segment has no dot, or a browser asks for a page by that name.

    Ids of resources end as files do (`/console/resources/FILE/main.py`).
    """
    _, _, last = request.scope["path"].rpartition("/")
    return "." not in last or "text/html" in request.headers.get("accept", "")
