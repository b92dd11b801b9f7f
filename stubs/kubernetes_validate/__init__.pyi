# The part of kubernetes-validate that tests of the chart use; the library ships no types.
from typing import Any

def validate(data: dict[str, Any], desired_version: str, strict: bool = ...) -> str: ...
