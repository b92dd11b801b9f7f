"""Who is let in: by key, token and cookie, before and after the credential records say otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.auth import keys
from libs.auth.authenticator import Authenticator, check_tenant_header, check_user_email
from libs.auth.credentials import CredentialIndex
from libs.auth.http import Access, Admin, Editor, Viewer
from libs.auth.key_use import KeyUses
from libs.auth.presented import Presented, read_presented
from libs.auth.principal import Principal
from libs.auth.tokens import Claims, generate_signing_key, issue
from libs.contracts.credentials import (
    ApiKey,
    CredentialRecord,
    Revocation,
    SigningKey,
    Tenant,
    decode_credential,
    encode_credential,
    record_key,
)
from libs.contracts.errors import InvalidRecord
from libs.contracts.key_uses import KeyUse, decode_key_use, encode_key_use
from libs.contracts.times import to_ms
from libs.httpkit.app import create_app
from libs.httpkit.errors import Forbidden, Unauthenticated
from libs.httpkit.router import FamilyRouter

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW_MS = to_ms(NOW)
SIGNER = generate_signing_key("ed-1")
PLAIN = keys.generate()


class LogAway(Exception):
    """The source cannot say how far it is."""


class FakeSource(CredentialIndex):
    """An index whose catching up brings what waits in `late`, or fails."""

    def __init__(self, *records: CredentialRecord) -> None:
        super().__init__()
        self.late: list[CredentialRecord] = []
        self.away = False
        self.caught_up = 0
        for record in records:
            self.take(record)

    def take(self, record: CredentialRecord) -> None:
        key, value, _ = encode_credential(record, timestamp_ms=NOW_MS)
        self.apply(key, value)

    async def catch_up(self) -> None:
        if self.away:
            raise LogAway
        self.caught_up += 1
        for record in self.late:
            self.take(record)


def tenant(status: str = "active", version: int = 1) -> Tenant:
    return Tenant(tenant_id="default", version=version, status=status)


def api_key(**changes: Any) -> ApiKey:
    fields = {
        "tenant_id": "default",
        "id": "k1",
        "version": 1,
        "hash": PLAIN.hash,
        "prefix": PLAIN.prefix,
        "label": "first",
        "roles": ("editor",),
    }
    return ApiKey(**{**fields, **changes})


def signing_key() -> SigningKey:
    return SigningKey(id="ed-1", version=1, algorithm="EdDSA", public_jwk=SIGNER.public_jwk(), not_before_ms=0)


def token(issued_at: datetime = NOW, roles: tuple[str, ...] = ("viewer",), tenant_id: str = "default") -> str:
    claims = Claims(
        tenant_id=tenant_id,
        subject="u1",
        email="ann@example.com",
        roles=frozenset(roles),
        issued_at=issued_at,
        expires_at=issued_at + timedelta(minutes=15),
        session_id="s1",
    )
    return issue(SIGNER, claims, issuer="waymark", audience="waymark")


@pytest.fixture
def source() -> FakeSource:
    return FakeSource(tenant(), api_key(), signing_key())


def authenticator(source: FakeSource, **options: Any) -> Authenticator:
    return Authenticator(source, clock=lambda: NOW, **options)


async def test_a_known_key_needs_no_catching_up(source: FakeSource) -> None:
    subject = authenticator(source)
    found = await subject.authenticate(Presented(api_key=PLAIN.plain))
    assert found == Principal("default", "k1", frozenset({"editor"}), "api_key", key_id="k1")
    assert subject.try_key(PLAIN.plain) is found
    assert source.caught_up == 0


async def test_the_first_present_decides(source: FakeSource) -> None:
    subject = authenticator(source)
    every = Presented(api_key=PLAIN.plain, bearer=token(), cookie_token=token())
    assert (await subject.authenticate(every)).actor_type == "api_key"
    with pytest.raises(Unauthenticated):
        await subject.authenticate(Presented(api_key="wrong", bearer=token(), cookie_token=token()))
    with pytest.raises(Unauthenticated):
        await subject.authenticate(Presented(bearer="wrong", cookie_token=token()))
    assert (await subject.authenticate(Presented(bearer=PLAIN.plain))).key_id == "k1"
    by_cookie = await subject.authenticate(Presented(cookie_token=token()))
    assert (by_cookie.actor_type, by_cookie.email, by_cookie.session_id) == ("user", "ann@example.com", "s1")
    with pytest.raises(Unauthenticated):
        await subject.authenticate(Presented())


async def test_a_key_just_made_works_once_the_source_has_caught_up() -> None:
    source = FakeSource(tenant())
    source.late = [api_key()]
    assert (await authenticator(source).authenticate(Presented(api_key=PLAIN.plain))).key_id == "k1"


async def test_a_tenant_and_a_signing_key_just_made_work_too() -> None:
    source = FakeSource()
    source.late = [tenant(), signing_key()]
    assert (await authenticator(source).authenticate(Presented(bearer=token()))).subject == "u1"


async def test_an_unknown_key_is_refused_only_after_catching_up(source: FakeSource) -> None:
    with pytest.raises(Unauthenticated):
        await authenticator(source).authenticate(Presented(api_key=keys.generate().plain))
    assert source.caught_up == 1


async def test_a_mistyped_key_is_refused_at_once(source: FakeSource) -> None:
    source.away = True
    with pytest.raises(Unauthenticated):
        await authenticator(source).authenticate(Presented(api_key=PLAIN.plain[:-1] + "~"))


async def test_a_source_that_cannot_catch_up_is_no_401(source: FakeSource) -> None:
    source.away = True
    with pytest.raises(LogAway):
        await authenticator(source).authenticate(Presented(api_key=keys.generate().plain))
    assert await authenticator(source).authenticate(Presented(api_key=PLAIN.plain))


@pytest.mark.parametrize(
    "record",
    [
        api_key(version=2, revoked_at_ms=NOW_MS - 1),
        api_key(version=2, expires_at_ms=NOW_MS),
        api_key(version=2, hash=keys.generate().hash),
        tenant("suspended", version=2),
    ],
)
async def test_keys_that_ended_are_refused(source: FakeSource, record: CredentialRecord) -> None:
    subject = authenticator(source)
    await subject.authenticate(Presented(api_key=PLAIN.plain))
    source.take(record)
    assert subject.try_key(PLAIN.plain) is None
    with pytest.raises(Unauthenticated):
        await subject.authenticate(Presented(api_key=PLAIN.plain))


async def test_changed_roles_count_at_once(source: FakeSource) -> None:
    subject = authenticator(source)
    await subject.authenticate(Presented(api_key=PLAIN.plain))
    source.take(api_key(version=2, roles=("viewer",)))
    assert (await subject.authenticate(Presented(api_key=PLAIN.plain))).roles == {"viewer"}


@pytest.mark.parametrize(("scope", "subject_id"), [("user", "u1"), ("session", "s1")])
async def test_revoked_tokens_are_refused_and_newer_ones_are_not(
    source: FakeSource, scope: str, subject_id: str
) -> None:
    source.take(
        Revocation(
            tenant_id="default",
            scope=scope,
            subject=subject_id,
            version=1,
            before_ms=NOW_MS,
            expires_at_ms=NOW_MS + 900_000,
        )
    )
    subject = authenticator(source)
    with pytest.raises(Unauthenticated):
        await subject.authenticate(Presented(bearer=token(NOW - timedelta(milliseconds=1))))
    assert await subject.authenticate(Presented(bearer=token(NOW)))
    source.forget_expired(NOW + timedelta(minutes=15))
    assert await subject.authenticate(Presented(bearer=token(NOW - timedelta(milliseconds=1))))


async def test_a_token_of_a_tenant_that_is_none_is_refused(source: FakeSource) -> None:
    with pytest.raises(Unauthenticated):
        await authenticator(source).authenticate(Presented(bearer=token(tenant_id="other")))


@pytest.mark.parametrize(
    ("method", "fields", "allowed"),
    [
        ("GET", {}, True),
        ("HEAD", {"fetch_site": "cross-site"}, True),
        ("POST", {}, False),
        ("POST", {"fetch_site": "same-origin"}, True),
        ("POST", {"fetch_site": "none"}, True),
        ("DELETE", {"fetch_site": "same-site"}, False),
        ("POST", {"fetch_site": "cross-site", "origin": "https://waymark.example", "host": "waymark.example"}, False),
        ("PUT", {"origin": "https://waymark.example", "host": "waymark.example"}, True),
        ("PUT", {"origin": "https://waymark.example:444", "host": "waymark.example"}, False),
        ("PATCH", {"origin": "null", "host": "waymark.example"}, False),
        ("POST", {"origin": "https://evil.example/waymark.example", "host": "waymark.example"}, False),
        ("POST", {"origin": "https://console.example", "fetch_site": "cross-site"}, True),
    ],
)
async def test_writes_by_cookie_come_from_the_same_origin(
    source: FakeSource, method: str, fields: dict[str, str], allowed: bool
) -> None:
    subject = authenticator(source, allowed_origins=frozenset({"https://console.example"}))
    presented = Presented(cookie_token=token(), method=method, **fields)
    if allowed:
        assert await subject.authenticate(presented)
    else:
        with pytest.raises(Forbidden):
            await subject.authenticate(presented)


async def test_key_uses_are_told_once_a_minute(source: FakeSource) -> None:
    now = NOW
    uses = KeyUses()
    subject = Authenticator(source, key_uses=uses, clock=lambda: now)
    for _ in range(3):
        assert subject.try_key(PLAIN.plain)
    assert uses.drain() == [KeyUse(tenant_id="default", id="k1", version=NOW_MS, last_used_at_ms=NOW_MS)]
    now = NOW + timedelta(seconds=59)
    subject.try_key(PLAIN.plain)
    assert uses.drain() == []
    now = NOW + timedelta(seconds=60)
    subject.try_key(PLAIN.plain)
    assert len(uses.drain()) == 1


def test_headers_are_read_as_they_came() -> None:
    found = read_presented(
        [
            (b"x-api-key", b" wm_1 "),
            (b"authorization", b"bearer abc"),
            (b"cookie", b'a=1; vai_token="t.o.k"; b=2'),
            (b"host", b"h"),
        ],
        "POST",
    )
    assert found == Presented("wm_1", "abc", "t.o.k", "POST", "h")
    assert read_presented([(b"x-api-key", b""), (b"authorization", b"Basic abc")], "GET") == Presented()
    assert read_presented([(b"cookie", b"xvai_token=1")], "GET").cookie_token is None
    assert read_presented([(b"cookie", b"mine=1")], "GET", "mine").cookie_token == "1"


def test_tenant_and_email_headers_must_agree() -> None:
    user = Principal("default", "u1", frozenset(), "user", email="ann@example.com")
    check_tenant_header(user, None)
    check_tenant_header(user, "default")
    check_user_email(user, "Ann@Example.com")
    for refuse, header, error in (
        (check_tenant_header, "other", Forbidden),
        (check_tenant_header, "", Forbidden),
        (check_user_email, "bob@example.com", Forbidden),
        (check_user_email, None, Unauthenticated),
    ):
        with pytest.raises(error):
            refuse(user, header)


RECORDS: list[CredentialRecord] = [
    *(tenant(status, version) for version, status in enumerate(("active", "suspended", "active"), 1)),
    *(api_key(version=version, revoked_at_ms=None if version < 3 else 5) for version in range(1, 4)),
    signing_key(),
    Revocation(tenant_id="default", scope="user", subject="u1", version=1, before_ms=10, expires_at_ms=20),
    Revocation(tenant_id="default", scope="user", subject="u1", version=2, before_ms=15, expires_at_ms=20),
]


@given(st.lists(st.sampled_from(RECORDS), max_size=10), st.permutations(RECORDS))
def test_any_order_and_repetition_gives_the_same_state(
    repeats: list[CredentialRecord], order: list[CredentialRecord]
) -> None:
    index = FakeSource(*repeats, *order)
    assert index.is_active("default")
    found = index.find_key(PLAIN.hash)
    assert found is not None
    assert found.revoked_at_ms == 5
    assert index.signing_key("ed-1") is not None
    assert index.is_revoked("default", "u1", None, datetime.fromtimestamp(0.014, UTC))
    assert not index.is_revoked("default", "u1", None, datetime.fromtimestamp(0.015, UTC))


def test_a_tombstone_ends_a_credential(source: FakeSource) -> None:
    source.apply(record_key(api_key()), None)
    source.apply(record_key(signing_key()), None)
    source.apply("api_key:default:never", None)
    assert source.find_key(PLAIN.hash) is None
    assert source.signing_key("ed-1") is None


@pytest.mark.parametrize("record", [tenant(), api_key(rate_limit_per_minute=5), signing_key(), RECORDS[-1]])
def test_records_survive_the_journey(record: CredentialRecord) -> None:
    key, value, headers = encode_credential(record, timestamp_ms=NOW_MS)
    assert decode_credential(value) == record
    assert key == f"{dict(headers)['ce_resourcetype'].decode()}:{record.tenant_id}:{record.id}"


def test_a_key_use_survives_the_journey_and_is_no_credential(source: FakeSource) -> None:
    use = KeyUse(tenant_id="default", id="k1", version=NOW_MS, last_used_at_ms=NOW_MS)
    key, value, _ = encode_key_use(use)
    assert decode_key_use(value) == use
    assert key == "key_use:default:k1"
    with pytest.raises(InvalidRecord):
        decode_credential(value)
    known = len(source)
    source.apply(key, value)
    source.apply(key, None)
    assert len(source) == known


@pytest.mark.parametrize("value", [b"", b"{}", b"[]", b'{"kind":"spell"}', b'{"kind":"tenant"}', b"\xff"])
def test_what_is_no_credential_record(value: bytes) -> None:
    with pytest.raises(InvalidRecord):
        decode_credential(value)


def test_a_record_under_another_key_or_with_a_broken_jwk_changes_nothing(source: FakeSource) -> None:
    _, value, _ = encode_credential(tenant("suspended", 9), timestamp_ms=0)
    with pytest.raises(InvalidRecord):
        source.apply("tenant:other:other", value)
    broken = SigningKey(id="ed-1", version=9, algorithm="EdDSA", public_jwk={"kty": "OKP"}, not_before_ms=0)
    with pytest.raises(InvalidRecord):
        source.take(broken)
    assert source.is_active("default")
    assert source.signing_key("ed-1") is not None


@pytest.fixture
async def client(source: FakeSource) -> AsyncIterator[httpx.AsyncClient]:
    router = FamilyRouter()

    @router.get("/view")
    async def view(caller: Viewer) -> str:
        return caller.subject

    @router.post("/edit")
    async def edit(caller: Editor) -> str:
        return caller.subject

    @router.post("/admin")
    async def admin(caller: Admin) -> str:
        return caller.subject

    app = create_app("t", routers=[router], unavailable=(LogAway,))
    app.state.access = Access(authenticator(source))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def test_routes_ask_for_credentials_and_roles(client: httpx.AsyncClient) -> None:
    by_key = {"x-api-key": PLAIN.plain}
    assert (await client.get("/view")).status_code == 401
    assert (await client.get("/view")).headers["www-authenticate"].startswith("Bearer")
    assert (await client.get("/view", headers=by_key)).status_code == 200
    assert (await client.post("/edit", headers=by_key)).status_code == 200
    assert (await client.post("/admin", headers=by_key)).status_code == 403
    assert (await client.get("/view", headers={**by_key, "x-tenant-id": "other"})).status_code == 403
    assert (await client.post("/edit", headers={"authorization": f"Bearer {token()}"})).status_code == 403


async def test_a_request_is_judged_before_its_rate_is_told(client: httpx.AsyncClient, source: FakeSource) -> None:
    source.take(api_key(version=2, rate_limit_per_minute=2))
    by_key = {"x-api-key": PLAIN.plain}
    answers = [await client.get("/view", headers=by_key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
    assert "retry-after" in answers[2].headers


async def test_a_replica_that_is_behind_is_503(client: httpx.AsyncClient, source: FakeSource) -> None:
    source.away = True
    assert (await client.get("/view", headers={"x-api-key": keys.generate().plain})).status_code == 503


async def test_the_openapi_document_names_the_three_credentials(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert {"APIKeyHeader", "HTTPBearer", "APIKeyCookie"} == set(document["components"]["securitySchemes"])
