"""Composes accounts: pools, log, relay, signing, housekeeping; the lifespan owns all of them."""

from __future__ import annotations

from typing import TypedDict

from libs.auth.http import Access
from libs.auth.passwords import Passwords
from libs.eventlog.port import EventLog
from libs.objects.idempotency import IdempotencyStore
from libs.objects.outbox import Relay
from libs.pg.database import Database
from libs.pg.roles import projector_role, request_role
from libs.service.parts import Parts
from services.accounts.api.cookies import Cookies
from services.accounts.attempts import Attempts
from services.accounts.authentication import Rules, TableAuthenticator
from services.accounts.changes import Changes
from services.accounts.directory import Directory
from services.accounts.housekeeping import Housekeeping, KeyUseWriter
from services.accounts.publisher import Publisher
from services.accounts.readiness import outbox_drained
from services.accounts.records import SERVICE
from services.accounts.republish import republish
from services.accounts.sessions import Sessions
from services.accounts.settings import AccountsSettings
from services.accounts.signing import Signing, SigningPolicy
from services.accounts.vault import Vault


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


async def start(parts: Parts, settings: AccountsSettings, *, passwords: Passwords | None = None) -> State:
    """Bring up what the routes need, the relay and housekeeping."""
    return await _Composition(parts, settings, passwords or Passwords()).start()


class _Composition:
    """Builds accounts' own parts upon those every service has."""

    def __init__(self, parts: Parts, settings: AccountsSettings, passwords: Passwords) -> None:
        self._parts = parts
        self._settings = settings
        self._passwords = passwords
        self._vault = Vault(settings.secret)
        self._publisher = Publisher()

    async def start(self) -> State:
        """Everything requests need."""
        settings = self._settings
        log = await self._parts.log()
        requests = await self._parts.database(request_role(SERVICE))
        projector = await self._parts.database(projector_role(SERVICE))
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
        await self._parts.start("housekeeping", housekeeping)
        await self._parts.observe()
        self._parts.checks["credentials"] = outbox_drained(relay)
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

        return await self._parts.relay(log, projector, on_active=publish_what_is_missing)

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
