"""Compares answers with the shapes that the reference API shows: nothing may be missing or of another type."""

from __future__ import annotations

import re
import uuid
from typing import Any

UUID, TIME, COLOR, ANY = "<uuid>", "<time>", "<color>", "<any>"


def check_shape(shape: Any, found: Any, place: str = "$") -> None:
    """Every key of the shape is there, with a value of its type; items of an array all have its item's shape."""
    match shape:
        case dict():
            assert isinstance(found, dict), place
            missing = shape.keys() - found.keys()
            assert not missing, f"{place} lacks {sorted(missing)}"
            for key, inner in shape.items():
                check_shape(inner, found[key], f"{place}.{key}")
        case list():
            assert isinstance(found, list), place
            for index, item in enumerate(found):
                check_shape(shape[0], item, f"{place}[{index}]")
        case "<any>":
            pass
        case "<uuid>":
            assert str(uuid.UUID(found)) == found, place
        case "<time>":
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", found), place
        case "<color>":
            assert re.fullmatch(r"#(?:[0-9a-fA-F]{3}){1,2}", found), place
        case None:
            assert found is None or isinstance(found, str), place
        case "text or null":
            assert found is None or isinstance(found, str), place
        case "number or null":
            assert found is None or isinstance(found, int), place
        case _:
            assert type(found) is type(shape), f"{place} is {found!r}, expected such as {shape!r}"
