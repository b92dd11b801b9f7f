"""API keys, passwords, roles, rate limits."""

from __future__ import annotations

import asyncio

import pytest

from libs.auth import keys
from libs.auth.passwords import Passwords, check_new_password
from libs.auth.principal import Principal
from libs.auth.rate_limits import RateLimiter
from libs.httpkit.errors import TooManyRequests, Unavailable, Unprocessable


def principal(*roles: str, rate_limit: int | None = None) -> Principal:
    return Principal("t1", "k1", frozenset(roles), "api_key", key_id="k1", rate_limit_per_minute=rate_limit)


def test_a_new_key_parses_and_is_not_in_its_repr() -> None:
    made = keys.generate()
    assert keys.parse(made.plain) == made.prefix
    assert made.hash == keys.hash_key(made.plain)
    assert made.plain not in repr(made)
    assert keys.generate().plain != made.plain


def test_one_wrong_character_anywhere_is_noticed() -> None:
    plain = keys.generate().plain
    for at, character in enumerate(plain):
        other = "x" if character != "x" else "y"
        assert keys.parse(plain[:at] + other + plain[at + 1 :]) is None


@pytest.mark.parametrize("text", ["", "wm_", "wm_abc_def", "wm_" + "a" * 60, "eyJhbGciOi", "wm_12345678_" + "é" * 38])
def test_what_is_no_key(text: str) -> None:
    assert keys.parse(text) is None


@pytest.mark.parametrize(
    ("own", "allowed"),
    [
        ((), ""),
        (("viewer",), "v"),
        (("editor",), "ve"),
        (("admin",), "vea"),
        (("owner",), ""),
        (("viewer", "admin"), "vea"),
    ],
)
def test_roles_rise(own: tuple[str, ...], allowed: str) -> None:
    assert "".join(role[0] for role in ("viewer", "editor", "admin") if principal(*own).allows(role)) == allowed


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(memory_kib=64, rounds=1)


async def test_passwords(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse")
    assert stored.startswith("$argon2id$")
    assert await passwords.verify("correct horse", [stored]) == [True]
    assert await passwords.verify("wrong horse", [stored]) == [False]
    assert await passwords.verify("correct horse", [None]) == [False]
    assert await passwords.verify("a password that nobody has", [None]) == [False]
    assert await passwords.verify("x" * 2000, [stored, stored]) == [False, False]
    assert await passwords.verify("correct horse", ["not a hash"]) == [False]
    assert await passwords.verify("correct horse", [None, stored, "not a hash", stored]) == [False, True, False, True]
    assert not passwords.needs_rehash(stored)
    assert Passwords().needs_rehash(stored)


async def test_logins_beyond_the_bound_are_turned_away(passwords: Passwords) -> None:
    answers = await asyncio.gather(*(passwords.verify("x", [None]) for _ in range(200)), return_exceptions=True)
    assert sum(answer == [False] for answer in answers) == 64
    assert sum(isinstance(answer, Unavailable) for answer in answers) == 136


async def test_the_bound_is_one_of_hashes(passwords: Passwords) -> None:
    logins = (passwords.verify("x", [None] * 4) for _ in range(20))
    answers = await asyncio.gather(*logins, passwords.hash("x"), return_exceptions=True)
    assert sum(isinstance(answer, Unavailable) for answer in answers) == 5
    assert await passwords.verify("x", [None] * 4) == [False] * 4


@pytest.mark.parametrize("password", ["", "short", "x" * 1025])
def test_new_passwords_have_a_sane_length(password: str) -> None:
    with pytest.raises(Unprocessable):
        check_new_password(password)


TRIED_FIRST = ("password", "Password1!", "12345678", "87654321", "aaaaaaaa", "qwertyuiop", "1234567890", "iloveyou2026")
LIKE_THE_EMAIL = ("ann.lee@acme.example", "Ann.Lee2026", "acme.example")


@pytest.mark.parametrize("password", [*TRIED_FIRST, "!!!!!!!!", *LIKE_THE_EMAIL])
def test_new_passwords_are_not_those_that_are_tried_first(password: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        check_new_password(password, email="Ann.Lee@acme.example")
    assert refused.value.violations[0].type == "password_common"
    assert password not in refused.value.violations[0].msg


@pytest.mark.parametrize(
    "password", ["correct horse", "a long password", "passwordless login", "kX9#mmaa", "annleeann"]
)
def test_other_passwords_are_taken(password: str) -> None:
    check_new_password(password, email="ann.lee@acme.example")


def test_keys_without_a_limit_are_not_counted() -> None:
    assert RateLimiter().require(principal("viewer")) == {}


def test_a_keys_own_limit() -> None:
    limiter = RateLimiter()
    remaining = [limiter.require(principal(rate_limit=3))["X-RateLimit-Remaining"] for _ in range(3)]
    assert remaining == ["2", "1", "0"]
    with pytest.raises(TooManyRequests) as caught:
        limiter.require(principal(rate_limit=3))
    assert caught.value.headers["X-RateLimit-Limit"] == "3"
    assert 1 <= int(caught.value.headers["Retry-After"]) <= 60
