"""The errors of webhooks; a docstring is the form of the message."""

from __future__ import annotations

from libs.httpkit.errors import Conflict


class WebhookDisabled(Conflict):
    """the webhook is disabled; enable it to test it"""


class TooManyTests(Conflict):
    """{limit} tests of this webhook wait to be delivered; wait until the first of them ended"""
