"""The base of models that hold the query parameters of a route: `Annotated[ListFilters, Query()]`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class CamelQuery(BaseModel):
    """Query parameters named in camel case; a parameter of any other name is ignored."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True)
