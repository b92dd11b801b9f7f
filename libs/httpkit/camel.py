"""The bases of models that are spelt in camel case on the wire."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from typing import Any, Self, get_args

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import ErrorType

from libs.httpkit.errors import Loc, Violation
from libs.httpkit.near_names import KnownNames

_PYDANTICS = frozenset(get_args(ErrorType))


class Camel(BaseModel):
    """An answer's body, or a part of one."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class CamelBody(Camel):
    """A request's body, or an object within one. Members of other names are ignored, unless they are misspelt ones."""

    @model_validator(mode="wrap")
    @classmethod
    def _refuse_misspelt(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        violations = _known_names(cls).violations(value, ()) if isinstance(value, dict) else []
        if not violations:
            return handler(value)
        try:
            handler(value)
        except ValidationError as error:
            raise refused(cls, violations, error) from None
        raise refused(cls, violations)

    def sent(self, *, among: Collection[str] | None = None, nullable: Collection[str] = ()) -> dict[str, Any]:
        """Return the values of the members that were sent, all or those `among` these fields, by the fields' names.

        A null counts as if it were not there, but for the fields that are `nullable`.
        """
        names = self.model_fields_set if among is None else self.model_fields_set.intersection(among)
        values = {name: getattr(self, name) for name in names}
        return {name: value for name, value in values.items() if value is not None or name in nullable}


class CamelQuery(BaseModel):
    """The query parameters of a route, as `Annotated[ListFilters, Query()]`."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


def refused(
    model: type[BaseModel], violations: Iterable[Violation], also: ValidationError | None = None
) -> ValidationError:
    """Return the error that names `violations`, by their places within the model, and all that `also` does.

    The types of the violations are none of pydantic's.
    """
    found = [_custom(one.loc, one.type, one.msg) for one in violations]
    if also is not None:
        found += [_again(one) for one in also.errors(include_url=False)]
    return ValidationError.from_exception_data(model.__name__, found)


def _again(error: ErrorDetails) -> InitErrorDetails:
    if error["type"] not in _PYDANTICS:
        return _custom(error["loc"], error["type"], error["msg"])
    return InitErrorDetails(type=error["type"], loc=error["loc"], input=error["input"], ctx=error.get("ctx", {}))


def _custom(loc: Loc, kind: str, words: str) -> InitErrorDetails:
    return InitErrorDetails(type=PydanticCustomError(kind, "{words}", {"words": words}), loc=loc, input=None)


@cache
def _known_names(model: type[BaseModel]) -> KnownNames:
    fields = model.model_fields
    return KnownNames((*fields, *(field.alias or name for name, field in fields.items())))
