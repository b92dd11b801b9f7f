"""The errors of providers and integrations; a docstring is the form of the message."""

from __future__ import annotations

from libs.httpkit.errors import Conflict


class IntegrationInUse(Conflict):
    """active workflows use the integration {name!r}: {users}"""

    code = "integration_in_use"


class ProviderInUse(Conflict):
    """integrations use the provider {name!r}: {users}"""

    code = "provider_in_use"
