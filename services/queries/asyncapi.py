"""The description of the topics, for whoever subscribes to them; no credential is needed to read it."""

from __future__ import annotations

import orjson
from fastapi.responses import Response

from libs.contracts.asyncapi import asyncapi_document
from libs.httpkit.router import FamilyRouter

router = FamilyRouter(tags=["documents"])
_DOCUMENT = orjson.dumps(asyncapi_document())


@router.get("/asyncapi.json", summary="The topics, as AsyncAPI 3.0")
async def get_asyncapi() -> Response:
    """Describe the topics: keys, headers and values, with examples."""
    return Response(_DOCUMENT, media_type="application/json")
