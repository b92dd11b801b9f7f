"""Fields that request bodies of several families have in common."""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, GetCoreSchemaHandler
from pydantic.config import JsonDict
from pydantic_core import CoreSchema

from libs.contracts.texts import is_printable

T = TypeVar("T")


class _NotNull:
    """Turns a type that takes null into one that does not."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        assert schema["type"] == "nullable"
        inner: CoreSchema = schema["schema"]
        return inner


def _without_default(schema: JsonDict) -> None:
    schema.pop("default", None)


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _printable(text: str) -> str:
    if not text.strip() or not is_printable(text):
        raise ValueError("printable characters are expected, not blanks alone")
    return text


WHOLE: Final = BeforeValidator(_whole)
"""Reads `100.0` as the whole number that it is, for a strict int."""
PRINTABLE: Final = AfterValidator(_printable)
"""Refuses a text that is blank, or has a control character or a separator of lines."""

IfSent = Annotated[T | None, _NotNull(), Field(json_schema_extra=_without_default)]
"""A field that may be left out, and is then None; a null is refused. Write `name: IfSent[Name] = None`."""
