"""The example that receives webhooks takes what Waymark signs, once, and nothing else."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from libs.webhooks.signing import new_secret, signature_headers
from tests.support.programs import EXAMPLES, lines_of, running

SECRET = new_secret()
BODY = b'{"type":"webhook.test","timestamp":"2026-01-15T10:30:00.000Z","data":{"tenantId":"default"}}'


@pytest.mark.parametrize("failing_for_s", [0, 60])
async def test_the_receiver_prints_what_is_signed_and_answers_500_as_long_as_it_is_told(failing_for_s: int) -> None:
    def signed(message_id: str, *, age_s: int = 0, secret: str = SECRET) -> dict[str, str]:
        return signature_headers(message_id, datetime.now(UTC) - timedelta(seconds=age_s), BODY, [new_secret(), secret])

    attempts: tuple[tuple[dict[str, str], bytes], ...] = (
        (signed("a"), BODY),
        (signed("a"), BODY),
        (signed("b"), BODY.replace(b"default", b"another")),
        (signed("c", secret=new_secret()), BODY),
        (signed("d", age_s=400), BODY),
        ({}, BODY),
    )
    options = ("--port", "0", "--failing-for", str(failing_for_s))
    command = (sys.executable, EXAMPLES / "receive_webhooks.py", *options)
    async with running(*command, environment={"WEBHOOK_SECRET": SECRET}) as process, httpx.AsyncClient() as client:
        (listening,) = await lines_of(process, 1)
        url = listening.split()[-1]
        statuses = [(await client.post(url, content=body, headers=headers)).status_code for headers, body in attempts]
        lines = [line.partition(" ")[2] for line in await lines_of(process, len(attempts))]
    genuine = [500, 500] if failing_for_s else [204, 204]
    assert statuses == [*genuine, 401, 401, 401, 401]
    assert lines[:2] == (["500 webhook.test"] * 2 if failing_for_s else ["204 webhook.test", "204 again a"])
