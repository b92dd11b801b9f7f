"""The own task types that an exported document has beside its definition, so that it can be imported elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter, ValidationError

from libs.httpkit.errors import Unprocessable
from libs.httpkit.validation import violations_in
from services.workflows.definitions.model import MAX_TASKS
from services.workflows.own_types.inputs import require_usable
from services.workflows.own_types.model import OwnTaskType, OwnTypeDefinition
from services.workflows.own_types.schemas import OwnTypeIn
from services.workflows.own_types.store import state_of

OWN_TYPES: Final = "taskTypes"
_types: TypeAdapter[list[OwnTypeIn]] = TypeAdapter(Annotated[list[OwnTypeIn], Field(max_length=2 * MAX_TASKS)])


def own_types_json(types: Iterable[OwnTaskType]) -> dict[str, Any]:
    """Return the member of a document that has these types."""
    return {OWN_TYPES: [{"type": one.type, **state_of(one.definition)} for one in types]}


async def exported_types(document: Mapping[str, Any]) -> Mapping[str, OwnTypeDefinition]:
    """Return the types that a document has, by their names. Raises Unprocessable."""
    try:
        types = _types.validate_python(document.get(OWN_TYPES) or [])
    except ValidationError as error:
        raise Unprocessable(*violations_in(error.errors(include_url=False), "body", OWN_TYPES)) from None
    found = {one.type: one.definition() for one in types}
    for definition in found.values():
        await require_usable(definition)
    return found
