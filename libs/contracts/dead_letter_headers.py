"""The headers that a dead letter has beside those of the record that could not be applied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PROJECTION: Final = "waymark_dlq_projection"
STAGE: Final = "waymark_dlq_stage"
REASON: Final = "waymark_dlq_reason"
TOPIC: Final = "waymark_dlq_topic"
PARTITION: Final = "waymark_dlq_partition"
OFFSET: Final = "waymark_dlq_offset"
VALUE: Final = "waymark_dlq_value"
LEFT_OUT: Final = "left out"

HEADERS: Mapping[str, str] = {
    PROJECTION: "Which projection or reactor could not apply the record.",
    STAGE: "At which step it failed.",
    REASON: "What is wrong with it.",
    TOPIC: "Where the record lies.",
    PARTITION: "Where the record lies.",
    OFFSET: "Where the record lies.",
    VALUE: f"`{LEFT_OUT}` where the copy would be larger than the topic takes; else absent.",
}
"""Name → meaning."""
