"""OTLP over gRPC: the collector's three services, whose calls are recorded as requests over HTTP are.

A call is judged by its metadata before a byte of its message is read. Few messages of a tenant are awaited at a time,
and few of all tenants worked on; one that is awaited keeps no other tenant's from being worked on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, NoReturn
from weakref import WeakValueDictionary

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import RetryInfo
from starlette.types import Message as Piece
from starlette.types import Scope

from libs.auth.http import Access, require_role
from libs.auth.principal import EDITOR, Principal
from libs.httpkit.bodies import BODY_PAUSE_S, PROCESS_BUDGET, BodyLease, Receive, read_body
from libs.httpkit.errors import RETRY_AFTER, ApiError, BodyTimeout, InternalError, MalformedBody
from libs.httpkit.limits import BULK_BODY_BYTES
from libs.httpkit.positions import POSITION_HEADER
from libs.service.door import caller_of
from libs.telemetry.logger import get_logger
from libs.telemetry.metrics import GATEWAY_RECORDS_REFUSED
from services.gateway.otlp.answers import status_of
from services.gateway.otlp.protobuf_form import Protobuf
from services.gateway.otlp.recorder import OtlpRecorder
from services.gateway.otlp.signals import LOGS, METRICS_ANSWER, SPANS, Signal

_log = get_logger(__name__)
_PROTOBUF: Final = Protobuf()
_MESSAGES_AT_A_TIME: Final = 8
_MESSAGES_OF_A_TENANT: Final = 4
_GRACE_S: Final = 5.0
_GZIP_MAGIC: Final = b"\x1f\x8b"
"""Begins no message of protobuf: there is no wire type 7."""
_GZIP_HEADERS: Final = ((b"content-encoding", b"gzip"),)
_PIECE_BYTES: Final = 4 * 1024
_IDENTITY_AND_GZIP: Final = 0b101
_OPTIONS: Final = (
    ("grpc.max_receive_message_length", BULK_BODY_BYTES),
    # Messages stay compressed until the budget of bodies counts what they inflate to; deflate has no magic.
    ("grpc.per_message_decompression", 0),
    ("grpc.compression_enabled_algorithms_bitset", _IDENTITY_AND_GZIP),
    # What a call sends before it is judged stays in its window.
    ("grpc.http2.bdp_probe", 0),
    ("grpc.max_concurrent_streams", 100),
    # Another server on the port is an error, not a companion.
    ("grpc.so_reuseport", 0),
)
_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}

Context = grpc.aio.ServicerContext[Any, Any]
Record = Callable[[bytes, Principal], Awaitable[tuple[Message, bytes | None]]]


class GrpcReceiver:
    """Serves OTLP/gRPC on an address while it runs."""

    def __init__(self, address: str, access: Access, recorder: OtlpRecorder) -> None:
        self._address = address
        self._access = access
        self._recorder = recorder
        self._turns = asyncio.Semaphore(_MESSAGES_AT_A_TIME)
        self._tenants_turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._server: grpc.aio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        """Listen. Raises RuntimeError when the address is taken."""
        self._server = grpc.aio.server(options=_OPTIONS)
        self._server.add_generic_rpc_handlers(
            (
                self._service("trace.v1.TraceService", self._recording(SPANS)),
                self._service("logs.v1.LogsService", self._recording(LOGS)),
                self._service("metrics.v1.MetricsService", _discard),
            )
        )
        self.port = self._server.add_insecure_port(self._address)
        await self._server.start()

    async def stop(self) -> None:
        """Take no more calls, and end those that run within a few seconds."""
        if self._server is not None:
            await self._server.stop(_GRACE_S)
            self._server = None

    async def check(self) -> str | None:
        return None if self._server is not None else "it has stopped"

    def _service(self, name: str, record: Record) -> grpc.GenericRpcHandler:
        async def export(messages: AsyncIterator[bytes], context: Context) -> bytes:
            try:
                return await self._answer(messages, context, record)
            except ApiError as error:
                refusal = error
            except Exception:  # noqa: BLE001  # the fallback, as of HTTP: the caller learns nothing of it
                _log.exception("request_failed", method=name)
                refusal = InternalError()
            GATEWAY_RECORDS_REFUSED.labels(refusal.code).inc()
            return await _abort(context, refusal)

        # There is one message; taking it as a stream lets the handler begin before it is read.
        handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.stream_unary_rpc_method_handler(export)
        return grpc.method_handlers_generic_handler(f"opentelemetry.proto.collector.{name}", {"Export": handler})

    async def _answer(self, messages: AsyncIterator[bytes], context: Context, record: Record) -> bytes:
        principal = await caller_of(self._access, _scope(context))
        require_role(principal, EDITOR)
        async with self._turns_of(principal.tenant_id):
            message = await _message(messages)
            with PROCESS_BUDGET.lease(principal.tenant_id) as lease:
                lease.take(len(message))
                async with self._turns:
                    answer, position = await record(await _inflated(message, lease), principal)
        if position is not None:
            context.set_trailing_metadata(((POSITION_HEADER.lower(), position.decode()),))
        return answer.SerializeToString()

    def _turns_of(self, tenant_id: str) -> asyncio.Semaphore:
        """Return a tenant's own turns, which are forgotten when none of its calls is left."""
        turns = self._tenants_turns.get(tenant_id)
        if turns is None:
            turns = self._tenants_turns[tenant_id] = asyncio.Semaphore(_MESSAGES_OF_A_TENANT)
        return turns

    def _recording(self, signal: Signal[Any]) -> Record:
        async def record(body: bytes, principal: Principal) -> tuple[Message, bytes | None]:
            return await self._recorder.record(signal, _PROTOBUF, body, principal.tenant_id)

        return record


async def _discard(_body: bytes, _principal: Principal) -> tuple[Message, bytes | None]:
    return METRICS_ANSWER, None


async def _message(messages: AsyncIterator[bytes]) -> bytes:
    """Return the message of a call. Raises 400 when there is none, 408 when it does not come."""
    try:
        async with asyncio.timeout(BODY_PAUSE_S):
            return await anext(messages)
    except StopAsyncIteration:
        raise MalformedBody("the call has no message") from None
    except TimeoutError:
        raise BodyTimeout() from None


async def _inflated(message: bytes, lease: BodyLease) -> bytes:
    """Return the message, inflated within the limits of a body where it is gzip. Raises as `read_body`."""
    if not message.startswith(_GZIP_MAGIC):
        return message
    return await read_body(_pieces_of(message), _GZIP_HEADERS, BULK_BODY_BYTES, lease)


def _pieces_of(message: bytes) -> Receive:
    """Return a message as a body that comes in pieces, so that other calls go on between them."""
    places = iter(range(0, len(message), _PIECE_BYTES))

    async def receive() -> Piece:
        await asyncio.sleep(0)
        at = next(places)
        end = at + _PIECE_BYTES
        return {"type": "http.request", "body": message[at:end], "more_body": end < len(message)}

    return receive


def _scope(context: Context) -> Scope:
    """Return a call's metadata as the headers of a request."""
    metadata = context.invocation_metadata() or ()
    headers = [(name.encode(), value.encode("latin-1")) for name, value in metadata if isinstance(value, str)]
    return {"type": "http", "method": "POST", "headers": headers}


async def _abort(context: Context, error: ApiError) -> NoReturn:
    """End the call with the error as `google.rpc.Status`, saying when to come again if the error does."""
    status = status_of(error)
    if retry_after_s := error.headers.get(RETRY_AFTER):
        status.details.add().Pack(RetryInfo(retry_delay=Duration(seconds=int(retry_after_s))))
    details = (("grpc-status-details-bin", status.SerializeToString()),)
    await context.abort(_CODES[status.code], status.message, details)
    raise AssertionError("abort raises")
