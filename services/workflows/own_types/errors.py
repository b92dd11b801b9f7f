"""The errors of own task types; a docstring is the form of the message."""

from __future__ import annotations

from libs.httpkit.errors import Conflict


class TypeTaken(Conflict):
    """{name!r} is the name or the title of a task type already"""

    code = "type_taken"


class TypeBuiltIn(Conflict):
    """the task type {name!r} is built in"""

    code = "type_built_in"


class TypeInUse(Conflict):
    """workflows use the task type {name!r}: {workflows}"""

    code = "type_in_use"


class TypeChangeBreaks(Conflict):
    """the active workflow {workflow!r} could no longer be run: {reasons}"""

    code = "type_in_use"
