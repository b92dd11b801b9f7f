"""The errors of workflows; a docstring is the form of the message."""

from __future__ import annotations

from collections.abc import Sequence

from libs.httpkit.errors import Conflict, Violation


class IntegrationMissing(Conflict):
    """the version cannot be run: {reasons}"""

    code = "integration_missing"

    def __init__(self, missing: Sequence[Violation]) -> None:
        """Name each task whose integration is missing."""
        super().__init__(reasons=_sentence(missing), violations=tuple(missing))


class VersionUnsound(Conflict):
    """the version can no longer be run, for a type of task has changed: {reasons}"""

    code = "version_unsound"

    def __init__(self, found: Sequence[Violation]) -> None:
        """Say what is wrong with a version that was sound when it was saved."""
        super().__init__(reasons=_sentence(found), violations=tuple(found))


def _sentence(violations: Sequence[Violation]) -> str:
    return "; ".join(map(str, violations))
