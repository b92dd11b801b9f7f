"""`for-each`: runs one task for every item of a list, so many at a time."""

from __future__ import annotations

from typing import Final

from services.workflows.task_types.fields import described, form, outputs
from services.workflows.task_types.model import Call, FansOut, TaskFailed, TypeFace

FOR_EACH: Final = "for-each"
MAX_ITEMS: Final = 1_000
ITEM_FAILED: Final = "item_failed"
_CONCURRENCY: Final = 5
_MAX_CONCURRENCY: Final = 50


class ForEach:
    """The type. `do` is a task as a definition has it, whose values may name `item` and `index` as well."""

    face = TypeFace(
        type=FOR_EACH,
        title="For each",
        description="Runs a task for every item. Unless it goes on after errors, no item begins after one failed.",
        fields=form(
            {
                "items": described({"type": "array", "maxItems": MAX_ITEMS}, "Items"),
                "do": described(
                    {
                        "type": "object",
                        "properties": {
                            "type": described({"type": "string"}, "Type"),
                            "body": described({"type": "object"}, "Fields"),
                            "integration": described({"type": "string"}, "Integration"),
                            "timeoutMs": described({"type": "integer"}, "Timeout in milliseconds"),
                            "retry": described({"type": "object"}, "Retry"),
                            "effect": described({"type": "string"}, "Effect"),
                        },
                        "required": ["type"],
                        "additionalProperties": False,
                        "x-task": True,
                    },
                    "Do",
                    "The task, without links; any type but this one.",
                ),
                "concurrency": described(
                    {"type": "integer", "minimum": 1, "maximum": _MAX_CONCURRENCY, "default": _CONCURRENCY},
                    "At a time",
                ),
                "continueOnError": described({"type": "boolean", "default": False}, "Go on after errors"),
            },
            required=("items", "do"),
        ),
        outputs=outputs(
            {
                "results": {"type": "array", "description": "The items' outputs; null for one that failed."},
                "errors": {"type": "array", "description": "`{index, error}` of the items that failed."},
                "count": {"type": "integer"},
            }
        ),
        effect="pure",
    )

    async def run(self, call: Call) -> FansOut:
        items = call.body["items"]
        if len(items) > MAX_ITEMS:
            raise TaskFailed("too_many_items", f"there are {len(items)} items, at most {MAX_ITEMS} are taken")
        return FansOut(
            items=tuple(items),
            do=call.body["do"],
            concurrency=call.body.get("concurrency", _CONCURRENCY),
            continues_on_error=call.body.get("continueOnError", False),
        )
