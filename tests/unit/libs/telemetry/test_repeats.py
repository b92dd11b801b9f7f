"""A library that repeats itself is heard at once, then seldom, and nothing it said goes uncounted."""

from __future__ import annotations

import logging

from libs.telemetry.repeats import PAUSE_S, Repeats


class Told:
    """What came through a filter, and a clock to move."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.repeats = Repeats("aiokafka", lambda: self.now_s)
        self.lines: list[str] = []

    def say(self, text: str, *args: object, name: str = "aiokafka.conn", level: int = logging.ERROR) -> None:
        record = logging.LogRecord(name, level, "", 0, text, args, None)
        if self.repeats.filter(record):
            self.lines.append(record.getMessage())


def test_the_first_is_said_at_once_and_the_rest_once_in_a_while_with_their_count() -> None:
    told = Told()
    for node in range(50):
        told.say("no connection to node %s", node)
    told.now_s = PAUSE_S
    told.say("no connection to node %s", 50)
    told.now_s = 3 * PAUSE_S
    told.say("no connection to node %s", 51)
    assert told.lines == [
        "no connection to node 0",
        "no connection to node 50 (and 49 alike since the last)",
        "no connection to node 51",
    ]


def test_other_messages_levels_and_loggers_are_not_held_back() -> None:
    told = Told()
    told.say("a")
    told.say("b")
    told.say("a", level=logging.WARNING)
    told.say("a", name="aiokafka.cluster")
    told.say("a", name="ours")
    told.say("a", name="ours")
    assert told.lines == ["a", "b", "a", "a", "a", "a"]


def test_what_differs_without_end_is_kept_within_bounds() -> None:
    told = Told()
    for number in range(5_000):
        told.say(f"number {number}")
    assert len(told.lines) == 5_000
    assert len(told.repeats._said) <= 1_000
