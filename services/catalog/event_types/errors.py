"""The event types' own errors, each with its status and code."""

from __future__ import annotations

from collections.abc import Sequence

from libs.event_schemas.expansion import SchemaRefused
from libs.httpkit.errors import Conflict, Place, Unprocessable, loc_text
from services.catalog.event_types.compatibility import Narrowing


class NarrowerSchema(Conflict):
    """409: the new schema may refuse what the one before accepts; `errors` names each place."""

    code = "narrower_schema"

    def __init__(self, found: Sequence[Narrowing]) -> None:
        places = tuple(Place(("body", *one.pointer), one.reason, "narrowing") for one in found)
        first = f"{loc_text(found[0].pointer)}: {found[0].reason}" if found[0].pointer else found[0].reason
        super().__init__(
            f"what was valid may no longer be ({first}); `force=true` takes it nevertheless", places=places
        )


class TooManyEventTypes(Conflict):
    """409: as many event types have a schema as may; archiving one makes room."""

    code = "too_many_event_types"

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} event types have a schema, and no more may; archive one that is not needed")


class UnusableSchema(Unprocessable):
    """422: not a schema that is taken."""

    code = "unusable_schema"

    def __init__(self, refused: SchemaRefused) -> None:
        super().__init__(refused.reason, places=(Place(("body", *refused.pointer), refused.reason, "json_schema"),))
