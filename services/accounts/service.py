"""Accounts, declared."""

from __future__ import annotations

from pathlib import Path

from libs.contracts.paths import ACCOUNTS
from libs.contracts.topics import CREDENTIALS, EVENTS, KEY_USES
from libs.lazy import lazy_imports
from libs.service.service import Api, Service
from services.accounts.settings import AccountsSettings

with lazy_imports():
    from services.accounts import app, kinds, reactor
    from services.accounts.api import jwks, keys, login, users

SERVICE = Service(
    ACCOUNTS,
    description="Tenants, users, logins and API keys.",
    settings=AccountsSettings,
    topics=(EVENTS, CREDENTIALS, KEY_USES),
    writes=(EVENTS, CREDENTIALS),
    api=lambda: Api(app.start, routers=(keys.router, login.router, users.router, jwks.router)),
    consumers=lambda _: reactor.last_uses(),
    objects=lambda settings: kinds.every_kind(kinds.token_kinds(settings.access_token_lifetime)),
    migrations=Path(__file__).with_name("migrations"),
)
