"""`/.well-known/jwks.json`: the public keys, for whoever verifies our tokens elsewhere."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from libs.auth.tokens import jwks
from libs.httpkit.router import FamilyRouter
from services.accounts.schemas import JwksOut

router = FamilyRouter(tags=["login"])


@router.get(
    "/.well-known/jwks.json",
    summary="The keys that verify access tokens",
    response_model=None,
    responses={200: {"model": JwksOut, "description": "A JWK set"}},
)
async def get_jwks(request: Request) -> Response:
    """No credential is needed."""
    keys = await request.state.signing.public_jwks()
    return JSONResponse(jwks(keys), headers={"Cache-Control": "public, max-age=300"})
