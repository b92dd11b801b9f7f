"""OTLP's answers: in the encoding of the request, errors as `google.rpc.Status` under the HTTP code they have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from google.protobuf.message import Message
from google.rpc.status_pb2 import Status

from libs.httpkit.dialects import Render, Rendered, own_headers
from libs.httpkit.errors import ApiError, UnsupportedMediaType
from libs.httpkit.media_types import essence_of
from services.gateway.otlp.json_form import Json
from services.gateway.otlp.pieces import Encoding
from services.gateway.otlp.protobuf_form import Protobuf

_PROTOBUF: Final = Protobuf()
_JSON: Final = Json()
_ENCODINGS: dict[str, Encoding] = {one.media_type: one for one in (_PROTOBUF, _JSON)}
_UNKNOWN = 2
_GRPC_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 405: 12, 408: 4, 413: 8, 415: 3, 422: 3, 429: 8, 500: 13, 503: 14}


def require_encoding(headers: Iterable[tuple[bytes, bytes]]) -> Encoding:
    """Return the encoding that a request's content type names; 415 when it names none of the two."""
    media_type = essence_of(_content_type(headers))
    if media_type not in _ENCODINGS:
        raise UnsupportedMediaType(f"the body must be {' or '.join(_ENCODINGS)}, not {media_type or 'of no type'}")
    return _ENCODINGS[media_type]


def render_for(headers: Iterable[tuple[bytes, bytes]]) -> Render:
    """Return the form of errors in this request's encoding; JSON for a content type that is neither."""
    encoding = _ENCODINGS.get(essence_of(_content_type(headers)), _JSON)

    def render(error: ApiError) -> Rendered:
        return rendered(error.status, status_of(error), encoding, own_headers(error))

    return render


def status_of(error: ApiError) -> Status:
    """Return the error as `google.rpc.Status`."""
    message = "; ".join(dict.fromkeys((error.detail, *map(str, error.violations))))
    return Status(code=_GRPC_CODES.get(error.status, _UNKNOWN), message=message)


def rendered(status: int, message: Message, encoding: Encoding, own: Iterable[tuple[bytes, bytes]] = ()) -> Rendered:
    """Return a message as an answer."""
    body = encoding.encode(message)
    content = ((b"content-type", encoding.media_type.encode()), (b"content-length", b"%d" % len(body)))
    return Rendered(status, body, (*content, *own))


def _content_type(headers: Iterable[tuple[bytes, bytes]]) -> str:
    return next((value for name, value in headers if name == b"content-type"), b"").decode("latin-1")
