"""Signs requests by OAuth 1.0a with HMAC-SHA1 (RFC 5849); no I/O."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, quote

from libs.outbound.urls import read_url

_FORM: Final = "~"


@dataclass(frozen=True, slots=True)
class OAuthKeys:
    """The application's key and secret, and the account's."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    token: str
    token_secret: str = field(repr=False)


def authorization(
    keys: OAuthKeys, method: str, url: str, *, nonce: str, timestamp: int, form: Mapping[str, str] | None = None
) -> str:
    """Return the `Authorization` header; of a body only the members of a `form` are signed (3.4.1.3)."""
    own = {
        "oauth_consumer_key": keys.consumer_key,
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(timestamp),
        "oauth_token": keys.token,
        "oauth_version": "1.0",
    }
    read = read_url(url)
    path, _, query = read.target.partition("?")
    given = [*own.items(), *parse_qsl(query, keep_blank_values=True), *(form or {}).items()]
    parameters = "&".join(f"{name}={value}" for name, value in sorted((_coded(n), _coded(v)) for n, v in given))
    base = "&".join((method.upper(), _coded(read.origin + path), _coded(parameters)))
    key = f"{_coded(keys.consumer_secret)}&{_coded(keys.token_secret)}"
    signature = base64.b64encode(hmac.digest(key.encode(), base.encode(), "sha1")).decode()
    signed = {**own, "oauth_signature": signature}
    return "OAuth " + ", ".join(f'{_coded(name)}="{_coded(value)}"' for name, value in sorted(signed.items()))


def _coded(text: str) -> str:
    return quote(text, safe=_FORM)
