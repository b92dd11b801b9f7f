"""`discord`: the webhook of a channel, whose URL is the secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import orjson

from libs.outbound.calls import Reply
from libs.outbound.client import Outbound
from libs.outbound.errors import UrlRefused
from libs.outbound.urls import read_url
from services.workflows.integrations.types.form import PROBE_S, AccountForm, IntegrationType, SecretKey
from services.workflows.integrations.types.slack import PROVIDER_ERROR
from services.workflows.task_types.http_failures import called, failed_status, is_success, json_of
from services.workflows.task_types.model import Connected, Json

DISCORD: Final = "discord"
WEBHOOK_URL: Final = "WEBHOOK_URL"


async def call_discord(
    connected: Connected, outbound: Outbound, method: str, query: str, body: Json, timeout_s: float
) -> Json:
    """Call the webhook and return its reply. Raises TaskFailed."""
    read = read_url(connected.secrets[WEBHOOK_URL])
    url = str(read) + query.replace("?", "&" if "?" in read.target else "?")
    content = b"" if body is None else orjson.dumps(body)
    reply: Reply = await called(
        outbound.request(method, url, body=content, headers={"content-type": "application/json"}, timeout_s=timeout_s)
    )
    if not is_success(reply):
        raise failed_status(reply, PROVIDER_ERROR)
    return json_of(reply)


async def _probe(connected: Connected, outbound: Outbound) -> str:
    answer = await call_discord(connected, outbound, "GET", "", None, PROBE_S)
    return f"the webhook is called {answer.get('name', '?')}"


def _check(secrets: Mapping[str, str]) -> Mapping[str, str]:
    try:
        read_url(secrets.get(WEBHOOK_URL, "https://discord.com"))
    except UrlRefused as refusal:
        return {WEBHOOK_URL: str(refusal)}
    return {}


TYPE: Final = IntegrationType(
    type=DISCORD,
    title="Discord",
    description="The webhook of a Discord channel.",
    account=AccountForm(
        secrets=(SecretKey(key=WEBHOOK_URL, title="Webhook URL", description="As the channel's settings show it."),),
        urls=(WEBHOOK_URL,),
        check=_check,
    ),
    probe=_probe,
)
