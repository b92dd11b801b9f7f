"""Composes accounts: pools, log, relay, signing, housekeeping; the lifespan owns all of them."""

from __future__ import annotations

from typing import TypedDict

from libs.auth.http import Access
from libs.auth.passwords import Passwords
from libs.objects.changes import Changes
from libs.objects.writes import Writes
from libs.pg.database import Database
from libs.service.parts import Parts
from libs.service.readiness import once_ready, outbox_drained
from libs.vault.vault import Vault
from services.accounts.api.cookies import Cookies
from services.accounts.attempts import Attempts
from services.accounts.authentication import Rules, TableAuthenticator
from services.accounts.guesses import Guesses
from services.accounts.housekeeping import Housekeeping, KeyUseWriter
from services.accounts.kinds import every_kind, token_kinds
from services.accounts.reads import Directory
from services.accounts.rules import UserRules
from services.accounts.sessions import Sessions
from services.accounts.settings import AccountsSettings
from services.accounts.signing import Signing, SigningPolicy


class State(TypedDict):
    """The state that requests find in their scope."""

    access: Access
    writes: Writes
    directory: Directory
    user_rules: UserRules
    sessions: Sessions
    signing: Signing
    cookies: Cookies
    passwords: Passwords
    guesses: Guesses
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
        self._changes = Changes()
        self._tokens = token_kinds(settings.access_token_lifetime)

    async def start(self) -> State:
        """Return everything requests need."""
        settings = self._settings
        log = await self._parts.log()
        objects = await self._parts.objects(log, every_kind(self._tokens))
        projector = objects.projector
        signing = await self._signing(projector)
        attempts = Attempts(projector)
        guesses = Guesses(self._passwords, attempts)
        sessions = Sessions(
            projector,
            signing=signing,
            passwords=self._passwords,
            guesses=guesses,
            changes=self._changes,
            kind=self._tokens.sessions,
            lifetime=settings.session_lifetime,
        )
        uses = KeyUseWriter(projector)
        housekeeping = Housekeeping(signing=signing, sessions=sessions, attempts=attempts, uses=uses)
        await self._parts.start("housekeeping", housekeeping)
        await self._parts.observe()
        self._parts.checks["credentials"] = once_ready(outbox_drained(objects.relay))
        return State(
            access=Access(self._authenticator(projector, uses), cookie_name=settings.cookie_name),
            writes=objects.writes,
            directory=Directory(objects.requests),
            user_rules=UserRules(self._tokens),
            sessions=sessions,
            signing=signing,
            cookies=Cookies(settings.cookie_name, settings.cookie_secure, settings.allowed_origins),
            passwords=self._passwords,
            guesses=guesses,
            vault=self._vault,
            log_id=await log.identity(),
        )

    async def _signing(self, projector: Database) -> Signing:
        policy = SigningPolicy(
            issuer=self._settings.token_issuer,
            audience=self._settings.token_audience,
            algorithm=self._settings.token_algorithm,
            key_lifetime=self._settings.signing_key_lifetime,
            token_lifetime=self._settings.access_token_lifetime,
        )
        signing = Signing(projector, self._vault, policy, self._changes)
        await signing.refresh()
        return signing

    def _authenticator(self, projector: Database, uses: KeyUseWriter) -> TableAuthenticator:
        rules = Rules(
            issuer=self._settings.token_issuer,
            audience=self._settings.token_audience,
            allowed_origins=self._settings.allowed_origins,
        )
        return TableAuthenticator(projector, rules, key_uses=uses.key_uses)
