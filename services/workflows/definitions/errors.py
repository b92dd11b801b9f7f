"""The errors of workflows; a docstring is the form of the message."""

from __future__ import annotations

from collections.abc import Sequence

from libs.httpkit.errors import Conflict, Violation


class IntegrationMissing(Conflict):
    """there is no integration {names}, which the version uses"""

    code = "integration_missing"


class VersionUnsound(Conflict):
    """the version can no longer be run: {reasons}"""

    code = "version_unsound"

    def __init__(self, violations: Sequence[Violation]) -> None:
        """Say what is wrong with a version that was sound when it was saved."""
        super().__init__(reasons="; ".join(map(str, violations)), violations=tuple(violations))
