"""`/healthz`, `/readyz` and `/metrics`, the same on every service and without a key."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from libs.httpkit.router import FamilyRouter
from libs.httpkit.shared_answer import SharedAnswer
from libs.telemetry.metrics import CHECK_FAILING

Check = Callable[[], Awaitable[str | None]]
"""Answers None when all is well, else the reason, in words an operator may read."""

CHECK_TIMEOUT_S = 5.0
EXPOSITION_KEPT_S = 1.0
EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


async def failing_checks(checks: Mapping[str, Check], timeout_s: float = CHECK_TIMEOUT_S) -> dict[str, str]:
    """Name → reason of every check that does not hold now."""

    async def outcome(check: Check) -> str | None:
        try:
            async with asyncio.timeout(timeout_s):
                return await check()
        except TimeoutError:
            return f"no answer within {timeout_s:g} s"

    reasons = await asyncio.gather(*(outcome(check) for check in checks.values()))
    return {name: reason for name, reason in zip(checks, reasons, strict=True) if reason is not None}


def health_router(
    checks: Mapping[str, Check] | None = None, metrics: Callable[[], Awaitable[bytes]] | None = None
) -> FamilyRouter:
    """Return the three routes. `/readyz` is 503 with the failing names; without `metrics` there is no `/metrics`.

    A scrape asks the checks as `/readyz` does. Nobody needs a key for that, so all who ask at a time share one round of
    checks, and an exposition is handed out for `EXPOSITION_KEPT_S`.
    """
    router = FamilyRouter(tags=["health"])
    named = checks if checks is not None else {}
    round_of_checks = SharedAnswer(lambda: failing_checks(named))

    @router.get("/healthz", summary="The process runs", responses=_example(200, {"status": "ok"}))
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get(
        "/readyz",
        summary="Everything this service needs is there",
        responses=_example(200, {"status": "ready", "failing": {}})
        | _example(503, {"status": "not ready", "failing": {"database": "no connection"}}),
    )
    async def readyz() -> Response:
        failing = await round_of_checks.get()
        status = "not ready" if failing else "ready"
        return JSONResponse({"status": status, "failing": failing}, 503 if failing else 200)

    if metrics is not None:

        async def exposition() -> bytes:
            failing = await round_of_checks.get()
            for name in named:
                CHECK_FAILING.labels(name).set(name in failing)
            return await metrics()

        shared = SharedAnswer(exposition, kept_s=EXPOSITION_KEPT_S)

        @router.get("/metrics", summary="Prometheus metrics", response_class=Response, responses=_exposition())
        async def expose() -> Response:
            return Response(await shared.get(), media_type=EXPOSITION)

    return router


def _example(status: int, body: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    return {status: {"description": str(body["status"]), "content": {"application/json": {"example": body}}}}


def _exposition() -> dict[int | str, dict[str, Any]]:
    return {200: {"description": "Prometheus text", "content": {"text/plain": {"example": "# HELP …"}}}}
