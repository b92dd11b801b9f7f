"""The catalog's routes: the same five for resource types, actions and origins."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query, Request
from fastapi.responses import JSONResponse, Response

from libs.auth.causes import cause_of
from libs.auth.http import Editor, Viewer
from libs.contracts.times import format_time_if_any
from libs.httpkit.paging import OptionalPageOf, Pagination
from libs.httpkit.responses import Described, Responses
from libs.httpkit.router import FamilyRouter
from libs.httpkit.state import state
from libs.objects.writes import Written
from libs.service.writing import OnceOf, WritesOf, no_content, position_header
from services.catalog import rules
from services.catalog.kinds import ITEMS, item_data
from services.catalog.model import KINDS, Item, Kind
from services.catalog.reads import ItemReads, existing
from services.catalog.schemas import OUT, ItemIn
from services.catalog.store import ItemFilter, ItemStore

Archived = Literal["false", "true", "all"]
_ARCHIVED: dict[str, bool | None] = {"false": False, "true": True, "all": None}
_answers = Responses(
    {
        404: "No such item for this tenant",
        409: "A system or archived item, or a mnemonic that is taken",
    }
)


async def item_filter(
    mnemonic: Annotated[str | None, Query(description="Mnemonic, in any case.")] = None,
    search: Annotated[str | None, Query(description="Part of the mnemonic or title.", max_length=200)] = None,
    archived: Annotated[
        Archived, Query(description="`true`: archived items alone; `all`: archived and active items.")
    ] = "false",
) -> ItemFilter:
    """Return the list's filters."""
    return ItemFilter(archived=_ARCHIVED[archived], mnemonic=mnemonic, search=search or None)


def item_json(item: Item) -> dict[str, Any]:
    """Return an item as the API shows it."""
    archived_at = format_time_if_any(item.archived_at)
    return {
        item.kind.id_field: str(item.item_id),
        **item_data(item),
        "archivedDate": archived_at,
        "version": item.version,
    }


Reads = Annotated[ItemReads, state("items")]
Filter = Annotated[ItemFilter, Depends(item_filter)]
ItemId = Annotated[uuid.UUID, Path(alias="itemId")]


def catalog_routers() -> list[FamilyRouter]:
    """Return one router for each kind."""
    return [_router(kind) for kind in KINDS]


def _router(kind: Kind) -> FamilyRouter:  # five routes, each a few lines
    router = FamilyRouter(prefix=kind.path, tags=["catalog"])
    one, listed = OUT[kind.name]

    @router.get("", summary=f"List {kind.noun}s", responses=_shown(listed))
    async def list_items(caller: Viewer, reads: Reads, wanted: Filter, page: OptionalPageOf) -> Response:
        if page is None:
            return JSONResponse([item_json(item) for item in await reads.list(caller.tenant_id, kind, wanted)])
        items, total = await reads.page(caller.tenant_id, kind, wanted, page)
        pagination = Pagination.of(page, total).as_json()
        return JSONResponse({"data": [item_json(item) for item in items], "pagination": pagination})

    @router.get("/{itemId}", summary=f"Get one {kind.noun}", responses=_shown(one, 404))
    async def get_item(item_id: ItemId, caller: Viewer, reads: Reads) -> Response:
        return JSONResponse(item_json(await reads.get(caller.tenant_id, kind, item_id)))

    @router.post(
        "",
        summary=f"Define one {kind.noun}",
        status_code=201,
        responses=_shown(one, 409, status=201),
    )
    async def create_item(body: ItemIn, caller: Editor, writes: WritesOf, once: OnceOf, request: Request) -> Response:
        tenant_id, draft = caller.tenant_id, body.draft()
        written = await writes.create(
            ITEMS[kind],
            tenant_id,
            cause_of(caller, request),
            once,
            lambda change: rules.create(change, kind, draft),
            lambda conn, item_id: existing(ItemStore(conn, tenant_id, kind), uuid.UUID(item_id)),
        )
        return _written(request, written, status=201)

    @router.put("/{itemId}", summary=f"Change one {kind.noun}", responses=_shown(one, 404, 409))
    async def update_item(
        item_id: ItemId, body: ItemIn, caller: Editor, writes: WritesOf, request: Request
    ) -> Response:
        draft, cause = body.draft(), cause_of(caller, request)
        written = await writes.change(
            caller.tenant_id, cause, lambda change: rules.update(change, kind, item_id, draft)
        )
        return _written(request, written)

    @router.delete(
        "/{itemId}",
        summary=f"Archive one {kind.noun}",
        description="Recorded interactions still show it; its mnemonic stays taken; new records with it are refused.",
        status_code=204,
        responses=_answers.errors(404, 409),
    )
    async def archive_item(item_id: ItemId, caller: Editor, writes: WritesOf, request: Request) -> Response:
        cause = cause_of(caller, request)
        written = await writes.change(caller.tenant_id, cause, lambda change: rules.archive(change, kind, item_id))
        return no_content(request, written)

    return router


def _written(request: Request, written: Written[Item], *, status: int = 200) -> Response:
    return JSONResponse(item_json(written.result), status, headers=position_header(request, written.positions))


def _shown(model: Any, *errors: int, status: int = 200) -> Described:
    return _answers.of(model, *errors, status=status, description="The item as stored")
