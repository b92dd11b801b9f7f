"""The CEL library, loaded without its command line, which loads rich and takes most of a second.

Its Rust stands behind `compile` alone: no function of ours, no name of the process is within an expression's reach.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Final

_COMMAND_LINE: Final = "cel.cli"

sys.modules.setdefault(_COMMAND_LINE, ModuleType(_COMMAND_LINE))

import cel  # noqa: E402

CEL_ERRORS: Final = (ValueError, TypeError, RuntimeError, ArithmeticError, LookupError)
"""Whatever the library raises: for a text that is no expression, and for values that it has no answer for."""

__all__ = ["CEL_ERRORS", "cel"]
