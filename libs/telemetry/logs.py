"""Structured logs: one JSON object a line (or coloured text on a terminal), UTC, never with a secret in it."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, TextIO

from libs.telemetry.line_counts import LineCounts
from libs.telemetry.log_files import OwnLogFile
from libs.telemetry.logger import structlog
from libs.telemetry.repeats import Repeats

REDACTED = "[redacted]"
_SECRET_NAME = re.compile(
    r"(?:passw(?:or)?d|secret|token|authorization|cookie|(?:api|secret|private)[_-]?key)s?$"
    r"|^(?:dsn|database_?url)$",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(
    r"\bwm_[0-9A-Za-z]{4,}_[0-9A-Za-z]+"  # API keys
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]+"  # JSON Web Tokens
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # login in a URL
)


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Return a structlog processor: values under secret names, and texts that look like secrets, are blotted out."""
    for name, value in event.items():
        event[name] = REDACTED if _SECRET_NAME.search(name) and value is not None else _clean(value)
    return event


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _SECRET_TEXT.sub(REDACTED, value)
    if isinstance(value, dict):
        return {k: REDACTED if _SECRET_NAME.search(str(k)) and v is not None else _clean(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value


def configure_logs(
    service: str,
    *,
    level: str = "INFO",
    json_lines: bool | None = None,
    stream: TextIO | None = None,
    log_file: Path | None = None,
) -> None:
    """Set up structlog and the standard library's logging for this process.

    `json_lines` None means JSON unless the stream is a terminal. Libraries' own records take the same way out.
    `log_file` is where the stream goes, when that is a file which this process keeps small.
    """
    out = stream if stream is not None else sys.stderr
    as_json = not out.isatty() if json_lines is None else json_lines
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _adder("service", service),
    ]
    last: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if as_json:
        last += [structlog.processors.format_exc_info, redact, structlog.processors.JSONRenderer()]
    else:
        last += [structlog.processors.format_exc_info, redact, structlog.dev.ConsoleRenderer(colors=out.isatty())]
    handler = logging.StreamHandler(out) if log_file is None else OwnLogFile(out, log_file)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=last, foreign_pre_chain=shared))
    # While a broker is away the Kafka client says so many times a second.
    handler.addFilter(Repeats("aiokafka"))
    handler.addFilter(LineCounts())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # httpcore's details have the headers of replies, which may be secret.
    for noisy in ("alembic", "asyncio", "httpcore", "httpx", "uvicorn.access", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _adder(name: str, value: str) -> structlog.typing.Processor:
    def add(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.setdefault(name, value)
        return event

    return add
