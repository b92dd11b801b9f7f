"""`http`: a base URL, and what calls below it are authorized by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import orjson
from pydantic import AfterValidator, Field

from libs.httpkit.camel import CamelBody
from libs.outbound import headers as header_rules
from libs.outbound.client import Outbound
from services.workflows.integrations.http_auth import HEADERS, added_headers
from services.workflows.integrations.types.form import (
    PROBE_S,
    AccountForm,
    IntegrationType,
    SecretKey,
    Url,
    half_logins,
)
from services.workflows.task_types.http_failures import called, failed_status
from services.workflows.task_types.model import Connected

HTTP: Final = "http"
MAX_HEADERS: Final = 50
_REFUSED: Final = frozenset((401, 403, 407))


def _headers(headers: dict[str, str]) -> dict[str, str]:
    header_rules.checked(headers)
    return headers


Headers = Annotated[dict[str, str], Field(max_length=MAX_HEADERS), AfterValidator(_headers)]


class HttpSettings(CamelBody):
    """The base URL, and headers that are no secret."""

    base_url: Url = Field(title="Base URL", description="Credentials go to what lies below it, and nowhere else.")
    headers: Headers | None = Field(default=None, title="Headers")


async def _probe(connected: Connected, outbound: Outbound) -> str:
    url = str(connected.settings["baseUrl"])
    reply = await called(outbound.request("GET", url, headers=added_headers(connected, url), timeout_s=PROBE_S))
    if reply.status in _REFUSED or reply.status >= 500:
        raise failed_status(reply)
    return f"answered with {reply.status}"


def _check(secrets: Mapping[str, str]) -> Mapping[str, str]:
    wrong: dict[str, str] = {}
    if "TOKEN" in secrets and "USERNAME" in secrets:
        wrong |= {"TOKEN": "either a token or a user name with a password is expected"}
    wrong |= half_logins(secrets)
    if HEADERS in secrets and not _is_headers(secrets[HEADERS]):
        wrong[HEADERS] = 'headers as JSON are expected: {"x-api-key": "…"}'
    return wrong


def _is_headers(text: str) -> bool:
    try:
        found = orjson.loads(text)
        return isinstance(found, dict) and bool(header_rules.checked(found))
    except (ValueError, TypeError):
        return False


TYPE: Final = IntegrationType(
    type=HTTP,
    title="HTTP",
    description="An HTTP API: a base URL with a token, a login, or headers.",
    account=AccountForm(
        settings=HttpSettings,
        secrets=(
            SecretKey(key="TOKEN", title="Bearer token", required=False),
            SecretKey(key="USERNAME", title="User name", required=False),
            SecretKey(key="PASSWORD", title="Password", required=False),
            SecretKey(key=HEADERS, title="Secret headers", description="As a JSON object.", required=False),
        ),
        urls=("baseUrl",),
        check=_check,
    ),
    probe=_probe,
)
