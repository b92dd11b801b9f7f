"""`/.well-known/jwks.json`: the public keys, for whoever verifies our tokens elsewhere."""

from __future__ import annotations

from typing import Annotated

from fastapi.responses import JSONResponse, Response

from libs.auth.tokens import jwks
from libs.httpkit.router import FamilyRouter
from libs.httpkit.state import state
from services.accounts.schemas import JwksOut
from services.accounts.signing import Signing

router = FamilyRouter(tags=["login"])


@router.get(
    "/.well-known/jwks.json",
    summary="The keys that verify access tokens",
    responses={200: {"model": JwksOut, "description": "A JWK set"}},
)
async def get_jwks(signing: Annotated[Signing, state("signing")]) -> Response:
    """Return the public keys that verify access tokens; no credential is needed."""
    return JSONResponse(jwks(await signing.public_jwks()), headers={"Cache-Control": "public, max-age=300"})
