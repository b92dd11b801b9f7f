"""The comparison of the results that a walk comes to with those of the topic, by their ids; pure."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Final, Literal

import msgspec

from libs.contracts.critical_interactions import Result

Difference = Literal["missing", "unexpected", "different"]
DIFFERENCES: Final[tuple[Difference, ...]] = ("missing", "unexpected", "different")
MAX_SHOWN: Final = 20
"""How many ids of each difference are shown."""
_encoder = msgspec.json.Encoder(order="deterministic")


class Comparison:
    """Remembers a digest of each stored result until the walk comes to the same one.

    A result at the edge of what is compared may be there on one side alone: it is not `required`.
    """

    def __init__(self) -> None:
        self.equal = 0
        self.counts: Counter[Difference] = Counter()
        self.shown: dict[Difference, list[str]] = {difference: [] for difference in DIFFERENCES}
        self._stored: dict[int, int] = {}
        self._differing: set[int] = set()
        self._at_edge: set[int] = set()

    def store(self, result: Result, *, required: bool) -> None:
        """Take a result of the topic; one that comes again in the same words is one."""
        key, digest = _digest(result)
        if self._stored.setdefault(key, digest) != digest:
            self._differing.add(key)
        if not required:
            self._at_edge.add(key)

    def come_to(self, result: Result, *, required: bool) -> None:
        """Take a result that the walk came to."""
        key, digest = _digest(result)
        stored = self._stored.pop(key, None)
        if stored is None:
            if required:
                self._note("missing", result.id)
        elif stored != digest or key in self._differing:
            self._note("different", result.id)
        else:
            self.equal += 1

    def end(self) -> None:
        """Count what the walk did not come to."""
        for key in self._stored.keys() - self._at_edge:
            self._note("unexpected", str(uuid.UUID(int=key)))
        self._stored.clear()

    @property
    def is_equal(self) -> bool:
        """Whether nothing differs."""
        return not self.counts.total()

    def _note(self, difference: Difference, result_id: str) -> None:
        self.counts[difference] += 1
        if len(self.shown[difference]) < MAX_SHOWN:
            self.shown[difference].append(result_id)


def _digest(result: Result) -> tuple[int, int]:
    return uuid.UUID(result.id).int, hash(_encoder.encode(result))
