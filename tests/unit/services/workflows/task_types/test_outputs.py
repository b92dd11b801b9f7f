"""Outputs that are kept, and those that no reader or database could hold."""

from __future__ import annotations

from typing import Any

import pytest

from services.workflows.task_types.model import TaskFailed
from services.workflows.task_types.outputs import MAX_OUTPUT_BYTES, encode_output


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_an_output_is_kept_as_json() -> None:
    assert bytes(encode_output({"a": ["é", 1.5, None]})) == '{"a":["é",1.5,null]}'.encode()
    assert encode_output(nested(64))
    assert encode_output("x" * (MAX_OUTPUT_BYTES - 2))


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ("x" * (MAX_OUTPUT_BYTES - 1), "output_too_large"),
        ({"a": "\0"}, "output_invalid"),
        ({"a": "\ud800"}, "output_invalid"),
        ({"a": 2**64}, "output_invalid"),
        ({"a": object()}, "output_invalid"),
        (nested(65), "output_invalid"),
        (nested(100_000), "output_invalid"),
    ],
)
def test_what_cannot_be_held_is_refused(output: Any, code: str) -> None:
    with pytest.raises(TaskFailed) as failure:
        encode_output(output)
    assert failure.value.code == code
