"""`If-Match`: which headers take which version, and how a refusal looks over HTTP."""

from __future__ import annotations

import httpx
import pytest

from libs.httpkit.app import create_app
from libs.httpkit.errors import PreconditionFailed
from libs.httpkit.preconditions import IfMatchOf, parse_if_match
from libs.httpkit.router import FamilyRouter


@pytest.mark.parametrize("header", [None, "*", " * ", '"3"', '"1","3"', ' "1" ,"3" ', '"a,b", "3"'])
def test_these_take_the_third_version(header: str | None) -> None:
    parse_if_match(header).require(3)


@pytest.mark.parametrize("header", ["", "3", '"4"', 'W/"3"', '"3', '"3" x', '"33"', '"1", "2"'])
def test_these_do_not(header: str) -> None:
    with pytest.raises(PreconditionFailed):
        parse_if_match(header).require(3)


def test_white_space_is_read_once() -> None:
    # Each blank read again for every blank before it would take minutes.
    parse_if_match(" " * 1_000_000 + '"3"').require(3)


async def test_a_refusal_is_a_412_that_tells_the_present_version() -> None:
    router = FamilyRouter()

    @router.put("/thing")
    async def change(match: IfMatchOf) -> dict[str, str]:
        match.require(3)
        return {}

    transport = httpx.ASGITransport(create_app("test", routers=[router]))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        refused = await client.put("/thing", headers={"If-Match": '"2"'})
        taken = await client.put("/thing", headers={"If-Match": '"3"'})
        document = (await client.get("/openapi.json")).json()

    assert (refused.status_code, refused.json()["code"], refused.headers["etag"]) == (412, "precondition_failed", '"3"')
    assert taken.status_code == 200
    (parameter,) = document["paths"]["/thing"]["put"]["parameters"]
    assert (parameter["name"], parameter["in"], parameter["required"]) == ("If-Match", "header", False)
