"""The error that every wire shape raises."""


class InvalidRecord(ValueError):
    """A record (or one field of it) is not what its contract says; the message names the field and the expectation."""
