"""The errors of workflows; a docstring is the form of the message."""

from __future__ import annotations

from collections.abc import Sequence

from libs.httpkit.errors import Conflict, Violation


class IntegrationMissing(Conflict):
    """the version cannot be run: {reasons}"""

    code = "integration_missing"

    def __init__(self, missing: Sequence[Violation]) -> None:
        """Name each task whose integration is missing."""
        super().__init__(reasons=sentence_of(missing), violations=tuple(missing))


class NoTasks(Conflict):
    """a version without tasks cannot be run"""

    code = "no_tasks"


class VersionUnsound(Conflict):
    """the version can no longer be run, for a type of task has changed: {reasons}"""

    code = "version_unsound"


def sentence_of(violations: Sequence[Violation]) -> str:
    """Return all violations in one sentence."""
    return "; ".join(map(str, violations))
