"""What both recording routes do with a caller's drafts: judge, refuse, queue, wait, and say where they lie.

A mnemonic or id the replica does not know is refused only once the replica has reached the topic's end.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from libs.eventlog.errors import LogUnavailable
from libs.eventlog.port import Appended
from libs.httpkit.errors import ApiError, unavailable
from libs.httpkit.idempotency import KeyInFlight, hash_request
from libs.httpkit.positions import encode_offset, encode_position
from services.gateway.interactions.validation import InteractionValidator, names_unknown
from services.gateway.model import ID_RECEIPT, KEY_RECEIPT, Accepted, Draft, PendingRecord, ReceiptKey
from services.gateway.numbering.group_commit import GroupCommit
from services.gateway.wire.request_headers import RequestHeaders

T = TypeVar("T")


class Recorder:
    """One per process. `catch_up` brings the catalog's replica to its end, or raises LogUnavailable."""

    def __init__(
        self,
        validation: InteractionValidator,
        group_commit: GroupCommit,
        catch_up: Callable[[], Awaitable[None]],
        log_id: str,
    ) -> None:
        self.validation = validation
        self._group_commit = group_commit
        self._catch_up = catch_up
        self._log_id = log_id
        self._claimed: set[tuple[str, str]] = set()

    async def reach_the_end(self) -> None:
        """Know everything the catalog published before this call; raises 503 when that cannot be had in time."""
        try:
            await self._catch_up()
        except LogUnavailable:
            raise unavailable("the catalog cannot be looked up now; try again", 1) from None

    async def draft(self, tenant_id: str, body: bytes, headers: RequestHeaders) -> Draft:
        """The draft of a single POST."""
        try:
            return self.validation.single(tenant_id, body, headers)
        except ApiError as error:
            if not names_unknown(error):
                raise
        await self.reach_the_end()
        return self.validation.single(tenant_id, body, headers)

    async def record(
        self, tenant_id: str, drafts: Sequence[Draft], body: bytes, path: str, headers: RequestHeaders
    ) -> list[PendingRecord]:
        """Commit the drafts and return their pending records, each with its outcome.

        Raises 409 and 422 for the key, 503 when there is no room.
        """
        idempotency_key = headers.idempotency_key
        if idempotency_key is None:
            return await self._post(
                [PendingRecord(tenant_id, draft, _id_receipt(tenant_id, draft)) for draft in drafts], len(body)
            )
        claim = (tenant_id, idempotency_key)
        if claim in self._claimed:
            raise KeyInFlight()
        self._claimed.add(claim)
        try:
            body_hash = hash_request("POST", path, body, headers.recorded())
            return await self._post(
                [
                    PendingRecord(tenant_id, draft, _key_receipts(tenant_id, idempotency_key, item, draft), body_hash)
                    for item, draft in enumerate(drafts)
                ],
                len(body),
            )
        finally:
            self._claimed.discard(claim)

    def position(self, accepted: Iterable[Accepted]) -> bytes | None:
        """The value of `Waymark-Position` for what was accepted."""
        offsets: dict[tuple[str, int], int] = {}
        for one in accepted:
            at = one.position
            place = at.topic, at.partition
            if at.offset >= offsets.get(place, 0):
                offsets[place] = at.offset + 1
        return encode_position(self._log_id, offsets).encode() if offsets else None

    def position_of(self, at: Appended) -> bytes:
        """As `position`, for one record."""
        return encode_offset(self._log_id, at.topic, at.partition, at.offset + 1)

    async def _post(self, group: list[PendingRecord], byte_count: int) -> list[PendingRecord]:
        await self._group_commit.submit(group, byte_count)
        return group


def _id_receipt(tenant_id: str, draft: Draft) -> tuple[ReceiptKey, ...]:
    return (ReceiptKey(tenant_id, ID_RECEIPT, draft.interaction.interaction_id),) if draft.client_given else ()


def _key_receipts(tenant_id: str, key: str, item: int, draft: Draft) -> tuple[ReceiptKey, ...]:
    return (ReceiptKey(tenant_id, KEY_RECEIPT, key, item), *_id_receipt(tenant_id, draft))
