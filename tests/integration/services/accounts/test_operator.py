"""The operator's functions: tenants, keys, and a first start that several may attempt at once."""

from __future__ import annotations

import asyncio
import json
import stat
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from libs.auth import keys
from libs.contracts.credentials import ApiKey, decode_credential
from libs.contracts.envelope import decode_headers
from libs.eventlog.header_codec import unpack_headers
from libs.httpkit.errors import ApiError
from libs.pg.database import Database
from services.accounts.credentials_file import Credentials, CredentialsFile
from services.accounts.errors import EmailTaken, NoSuchTenant, TenantExists
from services.accounts.operator import FIRST_EMAIL, Operator


@dataclass
class KeptInMemory:
    """A store of credentials in memory."""

    saved: list[Credentials] = field(default_factory=list)

    def exists(self) -> bool:
        return bool(self.saved)

    def save(self, credentials: Credentials) -> None:
        self.saved.append(credentials)


async def test_first_start_makes_tenant_admin_and_key(operator: Operator, projector_db: Database) -> None:
    credentials = await operator.first_start(KeptInMemory())

    assert credentials is not None
    assert (credentials.tenant_id, credentials.email) == ("default", FIRST_EMAIL)
    assert keys.parse(credentials.api_key) is not None
    assert credentials.password
    async with projector_db.transaction() as conn:
        topics = await conn.fetch("SELECT object_key, topic FROM outbox ORDER BY id")
    assert [row["topic"] for row in topics] == [
        "waymark.credentials.v1",
        "waymark.events.v1",
        "waymark.credentials.v1",
        "waymark.events.v1",
        "waymark.events.v1",
    ]
    async with projector_db.transaction() as conn:
        rows = await conn.fetch("SELECT headers FROM outbox WHERE topic = 'waymark.events.v1'")
    correlations = {decode_headers(unpack_headers(row["headers"])).correlation_id for row in rows}
    assert len(correlations) == 1
    assert None not in correlations


async def test_several_starters_at_once_make_one_set_of_credentials(operator: Operator) -> None:
    store = KeptInMemory()

    made = await asyncio.gather(*(operator.first_start(store) for _ in range(5)))

    assert [found for found in made if found is not None] == store.saved
    assert len(store.saved) == 1
    assert [tenant.tenant_id for tenant in await operator.list_tenants()] == ["default"]


async def test_a_database_with_tenants_gets_a_new_key_and_no_password(operator: Operator) -> None:
    first = await operator.first_start(KeptInMemory())

    second = await operator.first_start(KeptInMemory())

    assert first is not None
    assert second is not None
    assert (second.tenant_id, second.email, second.password) == ("default", FIRST_EMAIL, None)
    assert second.api_key != first.api_key


async def test_the_credentials_file_can_be_read_by_its_owner_alone(operator: Operator, tmp_path: Path) -> None:
    file = CredentialsFile(tmp_path / "data", url="http://127.0.0.1:8080")

    credentials = await operator.first_start(file)

    assert credentials is not None
    assert json.loads(file.path.read_text()) == {
        "url": "http://127.0.0.1:8080",
        "tenantId": "default",
        "apiKey": credentials.api_key,
        "email": FIRST_EMAIL,
        "password": credentials.password,
    }
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert await operator.first_start(file) is None


async def test_a_tenant_is_created_once(operator: Operator) -> None:
    await operator.create_tenant("acme")

    with pytest.raises(TenantExists):
        await operator.create_tenant("acme")


@pytest.mark.parametrize("tenant_id", ["", "Acme", "a b", "a" * 64, "acme\n", "a:b"])
async def test_a_tenant_id_is_a_slug(operator: Operator, tenant_id: str) -> None:
    with pytest.raises(ApiError, match="tenantId"):
        await operator.create_tenant(tenant_id)


async def test_an_email_is_unique_within_its_tenant_whatever_its_case(operator: Operator) -> None:
    await operator.create_tenant("one")
    await operator.create_tenant("two")
    await operator.create_user("one", "ann@example.com", "correct horse")

    with pytest.raises(EmailTaken):
        await operator.create_user("one", "ANN@example.com", "correct horse")

    assert (await operator.create_user("two", "ANN@example.com", "correct horse")).tenant_id == "two"


async def test_the_first_admin_is_made_where_another_tenant_has_one_of_that_email(operator: Operator) -> None:
    await operator.create_tenant("one")
    await operator.create_user("one", FIRST_EMAIL, "correct horse")

    credentials = await operator.first_start(KeptInMemory())

    assert credentials is not None
    assert (credentials.tenant_id, credentials.email) == ("default", FIRST_EMAIL)
    assert credentials.password


async def test_a_key_needs_its_tenant(operator: Operator) -> None:
    with pytest.raises(NoSuchTenant):
        await operator.create_admin_key("nobody")


async def test_a_revoked_key_is_published_with_a_higher_version(operator: Operator, projector_db: Database) -> None:
    await operator.create_tenant("acme")
    key, plain = await operator.create_key("acme", label="ci", roles=["viewer", "editor"])

    revoked = await operator.revoke_key("acme", key.key_id)
    again = await operator.revoke_key("acme", key.key_id)

    assert revoked.revoked_at is not None
    assert again == revoked
    async with projector_db.transaction() as conn:
        values = await conn.fetch(
            "SELECT value FROM outbox WHERE record_key = $1 ORDER BY id", f"api_key:acme:{key.key_id}"
        )
        everything = await conn.fetch("SELECT value FROM outbox")
    records = [decode_credential(row["value"]) for row in values]
    assert [record.version for record in records] == [1, 2]
    assert isinstance(records[-1], ApiKey)
    assert records[-1].hash == keys.hash_key(plain)
    assert records[-1].revoked_at_ms is not None
    assert all(plain.encode() not in row["value"] for row in everything)
