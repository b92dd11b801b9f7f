"""`twitter`: an account that lets an application, its provider, act for it."""

from __future__ import annotations

import base64
import secrets
import time
from typing import Any, Final
from urllib.parse import quote

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
from services.workflows.integrations.types.oauth1 import OAuthKeys, authorization
from services.workflows.integrations.types.slack import PROVIDER_ERROR
from services.workflows.task_types.http_failures import called, failed_status, is_success, json_of
from services.workflows.task_types.model import Connected, Json, TaskFailed

TWITTER: Final = "twitter"
_USUAL: Final = "https://api.x.com"


async def call_twitter(
    connected: Connected, outbound: Outbound, method: str, path: str, body: Json, timeout_s: float, *, key: str = ""
) -> dict[str, Any]:
    """Call the API signed by OAuth 1.0a and return its reply. Raises TaskFailed."""
    url = base_url(connected, _USUAL) + path
    signed = authorization(_keys(connected), method, url, nonce=secrets.token_hex(16), timestamp=int(time.time()))
    headers = {"authorization": signed, "content-type": "application/json"}
    if key:
        headers["idempotency-key"] = key
    content = b"" if body is None else orjson.dumps(body)
    reply = await called(outbound.request(method, url, body=content, headers=headers, timeout_s=timeout_s))
    answer: dict[str, Any] = json_of(reply)
    if not is_success(reply):
        detail = answer.get("detail") or answer.get("title")
        raise failed_status(reply, PROVIDER_ERROR, f"status {reply.status}: {detail}" if detail else None)
    return answer


def _keys(connected: Connected) -> OAuthKeys:
    try:
        return OAuthKeys(
            consumer_key=connected.provider_secrets["CONSUMER_KEY"],
            consumer_secret=connected.provider_secrets["CONSUMER_SECRET"],
            token=connected.secrets["ACCESS_TOKEN"],
            token_secret=connected.secrets["ACCESS_TOKEN_SECRET"],
        )
    except KeyError as missing:
        raise TaskFailed("integration_unusable", f"the secret {missing} is not set") from None


async def _probe(connected: Connected, outbound: Outbound) -> str:
    answer = await call_twitter(connected, outbound, "GET", "/2/users/me", None, PROBE_S)
    return f"signed in as {(answer.get('data') or {}).get('username', '?')}"


async def _probe_provider(connected: Connected, outbound: Outbound) -> str:
    """Ask for the application's own token, which needs its key and secret alone."""
    pair = ":".join(quote(connected.secrets[key], safe="") for key in ("CONSUMER_KEY", "CONSUMER_SECRET"))
    headers = {
        "authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        "content-type": "application/x-www-form-urlencoded",
    }
    url = f"{base_url(connected, _USUAL)}/oauth2/token"
    reply = await called(outbound.post(url, body=b"grant_type=client_credentials", headers=headers, timeout_s=PROBE_S))
    if not is_success(reply):
        raise failed_status(reply, PROVIDER_ERROR)
    return "the application's key and secret are accepted"


TYPE: Final = IntegrationType(
    type=TWITTER,
    title="Twitter",
    description="An account of X, formerly Twitter.",
    account=AccountForm(
        settings=BaseUrlSettings,
        secrets=(
            SecretKey(key="ACCESS_TOKEN", title="Access token"),
            SecretKey(key="ACCESS_TOKEN_SECRET", title="Access token secret"),
        ),
        urls=("baseUrl",),
    ),
    provider=AccountForm(
        settings=BaseUrlSettings,
        secrets=(
            SecretKey(key="CONSUMER_KEY", title="Consumer key", description="The application's API key."),
            SecretKey(key="CONSUMER_SECRET", title="Consumer secret"),
        ),
        urls=("baseUrl",),
    ),
    probe=_probe,
    probe_provider=_probe_provider,
)
