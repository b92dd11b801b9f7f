"""Errors between a caller and the log."""


class LogUnavailable(Exception):
    """The log does not answer now; the same call may succeed later."""


class AppendFailed(LogUnavailable):
    """A record was not acknowledged. `unknown` is True when it may be in the log all the same."""

    def __init__(self, reason: str, *, unknown: bool) -> None:
        super().__init__(reason)
        self.unknown = unknown


class LogMismatch(Exception):
    """The log is another one than this installation expects, or is set otherwise; the message says how they differ."""


class ModelBehind(Exception):
    """A read model has not applied the positions requested, or is not built yet; the same read may succeed later.

    The message is for the caller.
    """
