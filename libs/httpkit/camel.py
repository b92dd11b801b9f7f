"""The bases of models that are spelt in camel case on the wire."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Camel(BaseModel):
    """A body, or a part of one."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class CamelQuery(BaseModel):
    """The query parameters of a route, as `Annotated[ListFilters, Query()]`; those of any other name are ignored."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True)
