"""The output of a task as it is kept: JSON that every reader and the database can hold, of a bounded size."""

from __future__ import annotations

from typing import Final

import msgspec

from libs.httpkit.errors import ApiError
from libs.httpkit.json_values import check_json
from services.workflows.task_types.model import Json, TaskFailed

MAX_OUTPUT_BYTES: Final = 1_048_576
MAX_OUTPUT_DEPTH: Final = 64


def encode_output(output: Json) -> msgspec.Raw:
    """Return an output as JSON. Raises TaskFailed: `output_too_large`, `output_invalid`."""
    try:
        encoded = msgspec.json.encode(output)
    except (TypeError, ValueError, RecursionError):
        raise TaskFailed("output_invalid", "the output is not JSON") from None
    if len(encoded) > MAX_OUTPUT_BYTES:
        raise TaskFailed("output_too_large", "the output is larger than 1 MiB as JSON")
    try:
        check_json(encoded, max_depth=MAX_OUTPUT_DEPTH, loc=("output",))
    except ApiError as refusal:
        raise TaskFailed("output_invalid", str(refusal)) from None
    return msgspec.Raw(encoded)
