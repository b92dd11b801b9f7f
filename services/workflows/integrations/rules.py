"""Changes of providers and integrations, each by its rule and within the caller's change.

Locks are taken in the order integration, provider; whoever removes one holds its row, which whoever comes to need it
shares.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

from libs.httpkit.errors import Unprocessable, Violation, require_found
from libs.httpkit.preconditions import IfMatch
from libs.objects.changes import Change
from libs.objects.limits import LimitReached, require_room
from libs.objects.names import NameTaken, unique
from libs.objects.versions import is_same_json
from libs.vault.sealing import seal, unseal
from libs.vault.vault import Vault, WrongSecretKey
from services.workflows.definitions.uses import uses_of
from services.workflows.integrations.bodies import GivenAccount, GivenSecrets, require_complete, require_form
from services.workflows.integrations.errors import IntegrationInUse, ProviderInUse
from services.workflows.integrations.kinds import ACCOUNTS
from services.workflows.integrations.model import INTEGRATION, MAX_ACCOUNTS, Account, AccountKind, StoredSecret
from services.workflows.integrations.store import AccountStore, ProviderFound, integrations_of_provider, lock_provider
from services.workflows.integrations.types.registry import TYPES

_NAMES = "account_names"


@dataclass(frozen=True, slots=True)
class AccountRules:
    """The rules of one kind; secrets are encrypted by `vault`."""

    kind: AccountKind
    vault: Vault

    async def create(self, change: Change, name: str, type_: str, given: GivenAccount) -> Account:
        """Create an account. Raises Unprocessable, LimitReached, NameTaken."""
        store = self._store(change)
        full = LimitReached(noun=self.kind, limit=MAX_ACCOUNTS)
        await require_room(change, ACCOUNTS[self.kind], store.count, MAX_ACCOUNTS, full)
        now, by = change.now(), change.cause.actor.id
        bare = Account(
            kind=self.kind,
            tenant_id=change.tenant_id,
            id=change.new_id(),
            name=name,
            type=type_,
            version=1,
            settings=given.settings,
            secrets={},
            created_at=now,
            created_by=by,
            updated_at=now,
            updated_by=by,
        )
        provider = await self._provider(change, type_, given.provider)
        one = replace(
            bare,
            provider=None if provider is None else provider.name,
            secrets=self._secrets(change, bare, given.secrets),
        )
        async with unique(change.conn, _NAMES, NameTaken(noun=self.kind, name=name)):
            await store.insert(one, None if provider is None else provider.id)
        await change.publish(ACCOUNTS[self.kind], one, "created")
        return one

    async def update(self, change: Change, name: str, given: GivenAccount, *, match: IfMatch) -> Account:
        """Change an account; secrets that are not given stay. Raises NotFound, PreconditionFailed, Unprocessable."""
        before = await self._held(change, name, match)
        provider = await self._provider(change, before.type, given.provider)
        wanted = replace(
            before,
            provider=None if provider is None else provider.name,
            settings=given.settings,
            secrets=self._secrets(change, before, given.secrets),
        )
        if _is_same(before, wanted):
            return before
        after = self._next(change, wanted)
        await self._store(change).update(after, None if provider is None else provider.id)
        await change.publish(ACCOUNTS[self.kind], after, "updated")
        return after

    async def delete(self, change: Change, name: str, *, match: IfMatch) -> None:
        """Delete an account that nothing uses.

        Raises NotFound, PreconditionFailed, IntegrationInUse, ProviderInUse.
        """
        before = await self._held(change, name, match)
        await self._require_unused(change, before)
        await self._store(change).delete(before.id)
        await change.publish(ACCOUNTS[self.kind], self._next(change, before), "deleted")

    async def found(self, store: AccountStore, name: str) -> Account:
        """Return the account of that name; raises NotFound."""
        return require_found(await store.get(name), self.kind, name)

    async def made(self, store: AccountStore, account_id: str) -> Account:
        """Return the account of that id; raises NotFound."""
        return require_found(await store.get_by_id(uuid.UUID(account_id)), self.kind, account_id)

    def plain_secrets(self, one: Account, *, but: GivenSecrets | None = None) -> dict[str, str]:
        """Return the secrets of an account in plain text, except for those that are given anew.

        Raises WrongSecretKey.
        """
        return {
            key: unseal(self.vault, one.owner_of(key), stored.token)
            for key, stored in one.secrets.items()
            if key not in (but or {})
        }

    def _store(self, change: Change) -> AccountStore:
        return AccountStore(change.conn, change.tenant_id, self.kind)

    async def _held(self, change: Change, name: str, match: IfMatch) -> Account:
        one = require_found(await self._store(change).lock(name), self.kind, name)
        match.require(one.version)
        return one

    def _next(self, change: Change, one: Account) -> Account:
        return replace(one, version=one.version + 1, updated_at=change.now(), updated_by=change.cause.actor.id)

    def _secrets(self, change: Change, one: Account, given: GivenSecrets) -> Mapping[str, StoredSecret]:
        """Return the account's secrets with those given in place. Raises Unprocessable when they are not complete."""
        new = {key: secret for key, secret in given.items() if secret is not None}
        require_complete(require_form(self.kind, one.type), {**self._kept(one, given), **new})
        kept = {key: stored for key, stored in one.secrets.items() if key not in given}
        return kept | {
            key: StoredSecret(token=seal(self.vault, one.owner_of(key), secret), updated_at=change.now())
            for key, secret in new.items()
        }

    def _kept(self, one: Account, given: GivenSecrets) -> dict[str, str]:
        try:
            return self.plain_secrets(one, but=given)
        except WrongSecretKey:
            lost = [key for key in one.secrets if key not in given]
            raise Unprocessable(
                *(Violation(("body", "secrets", key), "cannot be read any more; set it anew") for key in lost)
            ) from None

    async def _provider(self, change: Change, type_: str, name: str | None) -> ProviderFound | None:
        """Return the provider that an integration names. Raises Unprocessable unless it is of its type."""
        needs = self.kind == INTEGRATION and TYPES[type_].provider is not None
        if name is None:
            if needs:
                raise Unprocessable(Violation(("body", "provider"), "is required", "missing"))
            return None
        if not needs:
            raise Unprocessable(Violation(("body", "provider"), f"{self.kind}s of {type_} have none"))
        found = await lock_provider(change.conn, change.tenant_id, name)
        if found is None or found.type != type_:
            raise Unprocessable(Violation(("body", "provider"), f"there is no provider {name!r} of {type_}"))
        return found

    async def _require_unused(self, change: Change, one: Account) -> None:
        if self.kind == INTEGRATION:
            users = await uses_of(change.conn, change.tenant_id, one.name)
            if users:
                raise IntegrationInUse(name=one.name, users=", ".join(users[:20]))
            return
        users = await integrations_of_provider(change.conn, change.tenant_id, one.id)
        if users:
            raise ProviderInUse(name=one.name, users=", ".join(users))


def _is_same(before: Account, wanted: Account) -> bool:
    is_same = (before.provider, before.secrets) == (wanted.provider, wanted.secrets)
    return is_same and is_same_json(before.settings, wanted.settings)
