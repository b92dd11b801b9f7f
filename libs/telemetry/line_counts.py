"""Counts warnings and errors as they are logged, whoever logs them."""

from __future__ import annotations

import logging
from typing import Final

from libs.telemetry.metrics import LOG_LINES

_warnings: Final = LOG_LINES.labels("warning")
_errors: Final = LOG_LINES.labels("error")


class LineCounts(logging.Filter):
    """A handler's filter that holds nothing back; what filters before it held back is not counted."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Count the record."""
        if record.levelno >= logging.ERROR:
            _errors.inc()
        elif record.levelno >= logging.WARNING:
            _warnings.inc()
        return True
