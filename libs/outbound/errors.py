"""The ways in which a call ends without a reply. Their messages are for whoever gave the URL: none names an address
that a host's name led to, or a word of the network inside.
"""

from __future__ import annotations


class CallFailed(Exception):
    """A call brought no reply."""


class UrlRefused(CallFailed):
    """The URL is not one that is called."""


class AddressRefused(CallFailed):
    """No address of the host may be reached from here."""


class HostUnreachable(CallFailed):
    """The host has no address, does not take the connection, or its certificate is not its own."""


class CallTimedOut(CallFailed):
    """The whole call took longer than it may."""


class ReplyInvalid(CallFailed):
    """The host answered with what is not HTTP, broke off, answered with too much, or redirected without end."""
