"""What ends a command with one sentence for a person instead of a traceback."""


class CommandFailed(Exception):
    """The command could not do what was asked; the message says why, and what to do about it where that is known."""
