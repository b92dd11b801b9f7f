"""Composes accounts: pools, log, relay, signing, housekeeping, routes; the lifespan owns all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypedDict

from fastapi import FastAPI

from libs.auth.http import Access
from libs.auth.passwords import Passwords
from libs.contracts.topics import CREDENTIALS, EVENTS
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.open import open_log
from libs.eventlog.outbox import Relay
from libs.eventlog.port import EventLog
from libs.httpkit.app import create_app as create_http_app
from libs.httpkit.health import Check
from libs.httpkit.idempotency import IdempotencyStore
from libs.pg.database import Database
from libs.pg.errors import DatabaseUnavailable
from libs.pg.roles import projector_role, request_role
from libs.telemetry.exposition import render_metrics
from services.accounts.api import jwks, keys, login, users
from services.accounts.api.cookies import Cookies
from services.accounts.attempts import Attempts
from services.accounts.authentication import Rules, TableAuthenticator
from services.accounts.changes import Changes
from services.accounts.directory import Directory
from services.accounts.housekeeping import Housekeeping, KeyUseWriter
from services.accounts.publisher import Publisher
from services.accounts.readiness import outbox_drained, relay_works
from services.accounts.records import SERVICE
from services.accounts.republish import republish
from services.accounts.sessions import Sessions
from services.accounts.settings import AccountsSettings
from services.accounts.signing import Signing, SigningPolicy
from services.accounts.vault import Vault

TOPICS = (EVENTS, CREDENTIALS)
ROUTERS = (keys.router, login.router, users.router, jwks.router)


class State(TypedDict):
    """What the lifespan gives to requests."""

    access: Access
    directory: Directory
    sessions: Sessions
    signing: Signing
    cookies: Cookies
    passwords: Passwords
    vault: Vault
    log_id: str


def create_app(
    settings: AccountsSettings, *, log: EventLog | None = None, passwords: Passwords | None = None
) -> FastAPI:
    """Accounts' API with its relay; `log`, when given, is started already and not stopped here."""
    checks: dict[str, Check] = {}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        async with AsyncExitStack() as stack:
            composition = _Composition(stack, settings, passwords or Passwords())
            yield await composition.start(log or await composition.own_log(), checks)

    return create_http_app(
        SERVICE,
        routers=ROUTERS,
        lifespan=lifespan,
        unavailable=(DatabaseUnavailable, LogUnavailable),
        description="Tenants, users, logins and API keys.",
        checks=checks,
        metrics=_metrics,
    )


class _Composition:
    """Builds the parts in their order; the stack takes them down in the opposite one."""

    def __init__(self, stack: AsyncExitStack, settings: AccountsSettings, passwords: Passwords) -> None:
        self._stack = stack
        self._settings = settings
        self._passwords = passwords
        self._vault = Vault(settings.secret)
        self._publisher = Publisher()

    async def own_log(self) -> EventLog:
        """The log that the settings name, started."""
        log = await open_log(self._settings)
        self._stack.push_async_callback(log.stop)
        await log.start()
        return log

    async def start(self, log: EventLog, checks: dict[str, Check]) -> State:
        """Everything requests need."""
        settings = self._settings
        await log.check_topics(TOPICS)
        requests = await self._stack.enter_async_context(await connect(settings, request_role(SERVICE)))
        projector = await self._stack.enter_async_context(await connect(settings, projector_role(SERVICE)))
        relay = await self._relay(log, projector)
        signing = await self._signing(projector)
        attempts = Attempts(projector)
        sessions = Sessions(
            projector,
            signing=signing,
            passwords=self._passwords,
            attempts=attempts,
            publisher=self._publisher,
            lifetime=settings.session_lifetime,
        )
        uses = KeyUseWriter(projector)
        receipts = IdempotencyStore(SERVICE)
        housekeeping = Housekeeping(
            projector, signing=signing, sessions=sessions, attempts=attempts, receipts=receipts, uses=uses
        )
        self._stack.push_async_callback(housekeeping.stop)
        await housekeeping.start()
        checks["housekeeping"] = housekeeping.check
        checks["outbox"] = relay_works(relay)
        checks["credentials"] = outbox_drained(relay)
        changes = Changes(self._publisher, token_lifetime=settings.access_token_lifetime)
        return State(
            access=Access(self._authenticator(projector, uses), cookie_name=settings.cookie_name),
            directory=Directory(requests, relay, changes=changes, receipts=receipts, passwords=self._passwords),
            sessions=sessions,
            signing=signing,
            cookies=Cookies(settings.cookie_name, settings.cookie_secure, settings.allowed_origins),
            passwords=self._passwords,
            vault=self._vault,
            log_id=await log.identity(),
        )

    async def _relay(self, log: EventLog, projector: Database) -> Relay:
        async def publish_what_is_missing() -> None:
            await republish(log, projector, token_lifetime=self._settings.access_token_lifetime)

        relay = Relay(log, projector, SERVICE, on_active=publish_what_is_missing)
        self._stack.push_async_callback(relay.stop)
        await relay.start()
        return relay

    async def _signing(self, projector: Database) -> Signing:
        policy = SigningPolicy(
            issuer=self._settings.token_issuer,
            audience=self._settings.token_audience,
            algorithm=self._settings.token_algorithm,
            key_lifetime=self._settings.signing_key_lifetime,
            token_lifetime=self._settings.access_token_lifetime,
        )
        signing = Signing(projector, self._vault, policy, self._publisher)
        await signing.refresh()
        return signing

    def _authenticator(self, projector: Database, uses: KeyUseWriter) -> TableAuthenticator:
        rules = Rules(
            issuer=self._settings.token_issuer,
            audience=self._settings.token_audience,
            allowed_origins=self._settings.allowed_origins,
        )
        return TableAuthenticator(projector, rules, key_uses=uses.key_uses)


async def connect(settings: AccountsSettings, role: str) -> Database:
    """A pool on accounts' schema under one of its roles."""
    assert settings.database_url is not None
    return await Database.connect(
        settings.database_url,
        role=role,
        application_name=f"waymark-{SERVICE}",
        min_size=settings.database_pool_min_size,
        max_size=settings.database_pool_max_size,
        search_path=(SERVICE,),
        statement_timeout_s=settings.database_statement_timeout_s,
    )


async def _metrics() -> bytes:
    return render_metrics()
