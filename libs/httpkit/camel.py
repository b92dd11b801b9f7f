"""The bases of models that are spelt in camel case on the wire."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import InitErrorDetails, PydanticCustomError

from libs.httpkit.near_names import KnownNames


class Camel(BaseModel):
    """An answer's body, or a part of one."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class CamelBody(Camel):
    """A request's body, or an object within one. Members of other names are ignored, unless they are misspelt ones."""

    @model_validator(mode="before")
    @classmethod
    def _refuse_misspelt(cls, value: Any) -> Any:
        if isinstance(value, dict):
            violations = _known_names(cls).violations(value, ())
            if violations:
                raise ValidationError.from_exception_data(
                    cls.__name__,
                    [
                        InitErrorDetails(
                            type=PydanticCustomError(violation.type, "{words}", {"words": violation.msg}),
                            loc=violation.loc,
                            input=None,
                        )
                        for violation in violations
                    ],
                )
        return value


class CamelQuery(BaseModel):
    """The query parameters of a route, as `Annotated[ListFilters, Query()]`."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


@cache
def _known_names(model: type[BaseModel]) -> KnownNames:
    fields = model.model_fields
    return KnownNames((*fields, *(field.alias or name for name, field in fields.items())))
