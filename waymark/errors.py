"""The error that ends a command with one line on standard error instead of a traceback."""


class CommandFailed(Exception):
    """The command failed; the message says why, and what to do about it where that is known."""
