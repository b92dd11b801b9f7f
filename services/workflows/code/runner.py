"""The port of what runs tenants' code: `def main(inputs)` of a text, apart from everything of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, TypeAlias

Json: TypeAlias = Any

MAX_CODE_BYTES: Final = 65_536
MAX_LOG_CHARS: Final = 65_536
MAX_RESULT_BYTES: Final = 1_048_576
CodeFailure: TypeAlias = Literal["code_error", "memory", "timeout", "output_too_large"]


class CodeFailed(Exception):
    """Code brought no result. `line` is where in the text, if that is known; `log` is what was printed before."""

    def __init__(self, code: CodeFailure, message: str, *, line: int | None = None, log: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line
        self.log = log


@dataclass(frozen=True, slots=True)
class CodeResult:
    """What `main` returned, as JSON, and what the code printed."""

    value: Json
    log: str


class CodeRunner(Protocol):
    """Runs code that may be anything: it reaches no file, no network, no environment, and ends within its limits."""

    async def run(self, code: str, inputs: Mapping[str, Json], *, timeout_s: float) -> CodeResult:
        """Return what `main(inputs)` of the `code` returns. Raises CodeFailed; cancelled, it stops the code."""
        ...
