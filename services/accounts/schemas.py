"""Request and response bodies of accounts' routes."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, StringConstraints
from pydantic_core import PydanticKnownError

from libs.auth.passwords import MAX_LENGTH, MIN_LENGTH
from libs.auth.principal import VIEWER
from libs.httpkit.camel import Camel, CamelBody
from libs.httpkit.paging import Pagination
from libs.httpkit.times import read_time
from services.accounts.model import MAX_EMAIL_CHARACTERS, MAX_LABEL_CHARACTERS, KeyDraft, is_email, known_roles

_ID = "0198f0de-3a50-7cc1-9df0-3d5a8c6f1b22"
_KEY_EXAMPLE: dict[str, JsonValue] = {
    "id": _ID,
    "prefix": "7fK2mQ9x",
    "label": "checkout service",
    "roles": ["editor"],
    "rateLimitPerMinute": None,
    "createdAt": "2026-01-15T10:30:00.000Z",
    "createdBy": _ID,
    "expiresAt": None,
    "lastUsedAt": None,
    "revokedAt": None,
}
_USER_EXAMPLE: dict[str, JsonValue] = {
    "userId": _ID,
    "tenantId": "default",
    "email": "ann@example.com",
    "name": "Ann",
    "roles": ["editor"],
    "status": "active",
    "createdAt": "2026-01-15T10:30:00.000Z",
}


def _roles(roles: list[str]) -> list[str]:
    return list(known_roles(roles))


def _email(text: str) -> str:
    if not is_email(text.strip()):
        raise ValueError("an e-mail address is expected")
    return text.strip()


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("a text that is not blank is expected")
    return text


def _moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise PydanticKnownError("datetime_type")
    try:
        return read_time(value)
    except (ValueError, OverflowError):
        raise PydanticKnownError("datetime_parsing", {"error": "no time"}) from None


Roles = Annotated[list[str], AfterValidator(_roles)]
Email = Annotated[str, StringConstraints(max_length=MAX_EMAIL_CHARACTERS), AfterValidator(_email)]
NewPassword = Annotated[str, StringConstraints(min_length=MIN_LENGTH, max_length=MAX_LENGTH)]
Label = Annotated[str, StringConstraints(max_length=MAX_LABEL_CHARACTERS), AfterValidator(_not_blank)]
Name = Annotated[str, StringConstraints(max_length=200)]
Moment = Annotated[datetime, BeforeValidator(_moment)]


class LoginIn(CamelBody):
    """The credentials of a login; with `tenantId` of that tenant's user alone."""

    model_config = ConfigDict(json_schema_extra={"example": {"email": "ann@example.com", "password": "correct horse"}})

    email: str
    password: str = Field(repr=False)
    tenant_id: str | None = None


class TokenOut(Camel):
    """An access token and the time at which it expires."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"accessToken": "eyJ…", "expirationTime": "2026-01-15T10:45:00.000Z"}}
    )

    access_token: str
    expiration_time: str


class RegisterIn(CamelBody):
    """A user to create in the caller's tenant."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"email": "ann@example.com", "password": "correct horse", "name": "Ann", "roles": ["editor"]}
        }
    )

    email: Email
    password: NewPassword = Field(repr=False)
    name: Name | None = None
    roles: Roles = Field(default=[VIEWER])


class UserChangeIn(CamelBody):
    """A user's new name, roles or status; a field that is absent or null stays as it is."""

    model_config = ConfigDict(json_schema_extra={"example": {"roles": ["viewer", "editor"], "status": "active"}})

    name: Name | None = None
    roles: Roles | None = None
    status: Literal["active", "disabled"] | None = None


class PasswordIn(CamelBody):
    """The caller's present password and the new one."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"currentPassword": "correct horse", "newPassword": "battery staple"}}
    )

    current_password: str = Field(repr=False)
    new_password: NewPassword = Field(repr=False)


class UserOut(Camel):
    """A user."""

    model_config = ConfigDict(json_schema_extra={"example": _USER_EXAMPLE})

    user_id: uuid.UUID
    tenant_id: str
    email: str
    name: str | None
    roles: list[str]
    status: str
    created_at: str


class UserPage(Camel):
    """One page of users."""

    data: list[UserOut]
    pagination: Pagination


class MeOut(Camel):
    """The caller. `actorType` is `user` or `api_key`; `userId`, `email` and `name` are null for keys."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "tenantId": "default",
                "subject": _ID,
                "actorType": "user",
                "roles": ["editor"],
                "userId": _ID,
                "email": "ann@example.com",
                "name": "Ann",
            }
        }
    )

    tenant_id: str
    subject: str
    actor_type: str
    roles: list[str]
    user_id: uuid.UUID | None
    email: str | None
    name: str | None


class KeyIn(CamelBody):
    """An API key to create; without `expiresAt` it lasts until it is revoked."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"label": "checkout service", "roles": ["editor"], "expiresAt": "2027-01-01T00:00:00.000Z"}
        }
    )

    label: Label
    roles: Roles
    expires_at: Moment | None = None
    rate_limit_per_minute: int | None = Field(default=None, ge=1, le=10_000_000)

    def draft(self) -> KeyDraft:
        """Return the body as the rules take it."""
        return KeyDraft(
            label=self.label,
            roles=tuple(self.roles),
            expires_at=self.expires_at,
            rate_limit_per_minute=self.rate_limit_per_minute,
        )


class KeyOut(Camel):
    """An API key, without the key itself."""

    model_config = ConfigDict(json_schema_extra={"example": _KEY_EXAMPLE})

    id: uuid.UUID
    prefix: str
    label: str
    roles: list[str]
    rate_limit_per_minute: int | None
    created_at: str
    created_by: str
    expires_at: str | None
    last_used_at: str | None
    revoked_at: str | None


class NewKeyOut(KeyOut):
    """An API key just created; `key` is shown this once and left out when the request is repeated."""

    model_config = ConfigDict(json_schema_extra={"example": {**_KEY_EXAMPLE, "key": "wm_7fK2mQ9x_…"}})

    key: str | None = None


class KeyPage(Camel):
    """One page of keys."""

    data: list[KeyOut]
    pagination: Pagination


class JwksOut(BaseModel):
    """A JWK set (RFC 7517)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAY…", "kid": _ID, "alg": "EdDSA", "use": "sig"}]
            }
        }
    )

    keys: list[dict[str, str]]
