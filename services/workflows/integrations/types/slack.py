"""`slack`: a bot's token for Slack's Web API."""

from __future__ import annotations

from typing import Any, Final

import orjson

from libs.outbound.client import Outbound
from services.workflows.integrations.types.form import (
    PROBE_S,
    AccountForm,
    BaseUrlSettings,
    IntegrationType,
    SecretKey,
    base_url,
)
from services.workflows.task_types.http_failures import called, failed_status, is_success, json_of
from services.workflows.task_types.model import Connected, TaskFailed

SLACK: Final = "slack"
PROVIDER_ERROR: Final = "provider_error"
_USUAL: Final = "https://slack.com/api"
# What Slack says of itself, not of the request: https://docs.slack.dev/reference/methods/chat.postMessage
_PASSING: Final = frozenset(("ratelimited", "rate_limited", "service_unavailable"))
_UNSURE: Final = frozenset(("internal_error", "fatal_error", "request_timeout"))


async def call_slack(
    connected: Connected, outbound: Outbound, method: str, body: dict[str, Any], timeout_s: float
) -> dict[str, Any]:
    """Call a method of the Web API and return its reply. Raises TaskFailed, for `ok: false` too."""
    reply = await called(
        outbound.post(
            f"{base_url(connected, _USUAL)}/{method}",
            body=orjson.dumps(body),
            headers={
                "authorization": f"Bearer {connected.secrets['ACCESS_TOKEN']}",
                "content-type": "application/json; charset=utf-8",
            },
            timeout_s=timeout_s,
        )
    )
    if not is_success(reply):
        raise failed_status(reply, PROVIDER_ERROR)
    answer: dict[str, Any] = json_of(reply)
    if answer.get("ok") is not True:
        error = str(answer.get("error", "the reply is not Slack's"))
        raise TaskFailed(
            PROVIDER_ERROR,
            f"Slack answered: {error}",
            retryable=error in _PASSING or error in _UNSURE,
            is_undone=error in _PASSING,
            detail={"error": error},
        )
    return answer


async def _probe(connected: Connected, outbound: Outbound) -> str:
    answer = await call_slack(connected, outbound, "auth.test", {}, PROBE_S)
    return f"signed in as {answer.get('user', '?')} of {answer.get('team', '?')}"


TYPE: Final = IntegrationType(
    type=SLACK,
    title="Slack",
    description="A bot of a Slack workspace.",
    account=AccountForm(
        settings=BaseUrlSettings,
        secrets=(SecretKey(key="ACCESS_TOKEN", title="Access token", description="The bot's token: `xoxb-…`."),),
        urls=("baseUrl",),
    ),
    probe=_probe,
)
