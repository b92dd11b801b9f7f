"""The event types' own errors, each with its code; a docstring is the form of the message."""

from __future__ import annotations

from collections.abc import Sequence

from libs.event_schemas.expansion import SchemaRefused
from libs.httpkit.errors import Conflict, Unprocessable, Violation, loc_text
from services.catalog.event_types.compatibility import Narrowing


class NarrowerSchema(Conflict):
    """what was valid may no longer be ({first}); `force=true` takes it nevertheless"""

    code = "narrower_schema"

    def __init__(self, found: Sequence[Narrowing]) -> None:
        """Name each place where the new schema may refuse what the one before accepts."""
        violations = tuple(Violation(("body", *one.pointer), one.reason, "narrowing") for one in found)
        first = f"{loc_text(found[0].pointer)}: {found[0].reason}" if found[0].pointer else found[0].reason
        super().__init__(violations=violations, first=first)


class TooManyEventTypes(Conflict):
    """{limit} event types have a schema, and no more may; archive one that is not needed"""

    code = "too_many_event_types"


class UnusableSchema(Unprocessable):
    """the schema is not one that is taken"""

    code = "unusable_schema"

    def __init__(self, refused: SchemaRefused) -> None:
        """Say why the schema is refused, and where in it."""
        super().__init__(Violation(("body", *refused.pointer), refused.reason, "json_schema"), detail=refused.reason)
