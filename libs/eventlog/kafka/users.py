"""Users of a cluster, by SCRAM, and what each may do: set by whoever may administer it, as often as wished.

aiokafka has no call for users, so the one request that makes them is laid out here as Kafka's protocol describes it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactArray, CompactBytes, CompactString, Int8, Int16, Int32, Schema, TaggedFields

from libs.eventlog.kafka.settings import KafkaSettings
from libs.eventlog.kafka.topics import admin_client

TOPIC, GROUP = 2, 3
"""Kafka's numbers for the types of resources in rights."""
READ, WRITE, DESCRIBE, DESCRIBE_CONFIGS = 3, 4, 8, 10
"""Kafka's numbers for operations."""
_LITERAL, _PREFIXED, _ALLOW, _ANY_HOST = 3, 4, 3, "*"
_ANY = 1
"""Kafka's number for a filter that lets everything through."""
_SCRAM_SHA_512 = 2
_ITERATIONS = 4096
_NO_ERROR = 0


class Right(NamedTuple):
    """The rights of a user on the topic or group of that name, or on those whose names begin so."""

    resource: int
    name: str
    operations: Sequence[int]
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class KafkaUser:
    """A user, who may do nothing beyond the rights."""

    name: str
    password: str = field(repr=False)
    rights: Sequence[Right]


async def ensure_users(settings: KafkaSettings, users: Iterable[KafkaUser]) -> None:
    """Create the users, set their passwords, and give them their rights and no others. Raises LogUnavailable."""
    found = list(users)
    async with admin_client(settings, "takes no users") as client:
        await _put_passwords(client, {user.name: user.password for user in found})
        for user in found:
            wanted = {one for right in user.rights for one in _entries(settings, right)}
            present = await _allowed(client, user.name)
            for entry in wanted - present:
                await _allow(client, user.name, entry)
            for entry in present - wanted:
                await _take_away(client, user.name, entry)


async def _put_passwords(client: AIOKafkaAdminClient, passwords: Mapping[str, str]) -> None:
    response = await client._send_to_controller(_AlterScram(passwords))
    for _user, code, message, _tags in response.results:
        _require_success(code, message)


class _Entry(NamedTuple):
    """One operation that a user may do on the topics or groups of a name, as the broker keeps it."""

    resource: int
    name: str
    pattern: int
    host: str
    operation: int


def _entries(settings: KafkaSettings, right: Right) -> list[_Entry]:
    name, pattern = settings.to_kafka(right.name), _PREFIXED if right.is_prefix else _LITERAL
    return [_Entry(right.resource, name, pattern, _ANY_HOST, operation) for operation in right.operations]


async def _allowed(client: AIOKafkaAdminClient, user: str) -> set[_Entry]:
    request = DescribeAclsRequest(_ANY, None, _ANY, _principal(user), None, _ANY, _ALLOW)
    response = await client._send_to_controller(request)
    _require_success(response.error_code, response.error_message)
    return {
        _Entry(resource, name, pattern, host, operation)
        for resource, name, pattern, entries in response.resources
        for _principal_name, host, operation, _permission in entries
    }


async def _allow(client: AIOKafkaAdminClient, user: str, entry: _Entry) -> None:
    response = await client._send_to_controller(CreateAclsRequest(*_request(user, entry)))
    for code, message in response.creation_responses:
        _require_success(code, message)


async def _take_away(client: AIOKafkaAdminClient, user: str, entry: _Entry) -> None:
    response = await client._send_to_controller(DeleteAclsRequest(*_request(user, entry)))
    for code, message, _entries_taken in response.filter_responses:
        _require_success(code, message)


def _request(user: str, entry: _Entry) -> tuple[int, str, int, str, str, int, int]:
    return (entry.resource, entry.name, entry.pattern, _principal(user), entry.host, entry.operation, _ALLOW)


def _principal(user: str) -> str:
    return f"User:{user}"


def _require_success(code: int, message: str | None) -> None:
    if code != _NO_ERROR:
        raise for_code(code)(message)


class _AlterScramResponse(Response):
    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(
                ("user", CompactString("utf-8")),
                ("error_code", Int16),
                ("error_message", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _AlterScramStruct(RequestStruct):
    FLEXIBLE_VERSION = True
    API_KEY = 51
    API_VERSION = 0
    RESPONSE_TYPE = _AlterScramResponse
    SCHEMA = Schema(
        ("deletions", CompactArray(("name", CompactString("utf-8")), ("mechanism", Int8), ("tags", TaggedFields))),
        (
            "upsertions",
            CompactArray(
                ("name", CompactString("utf-8")),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _AlterScram(Request[_AlterScramStruct]):
    API_KEY = 51

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self._passwords = passwords

    def build(self, request_struct_class: type[_AlterScramStruct]) -> _AlterScramStruct:
        return request_struct_class([], [_upsertion(*item) for item in self._passwords.items()], {})


def _upsertion(name: str, password: str) -> tuple[object, ...]:
    salt = os.urandom(32)
    salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    return name, _SCRAM_SHA_512, _ITERATIONS, salt, salted, {}
