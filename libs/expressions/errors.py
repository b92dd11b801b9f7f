"""Refusals of conditions, each with the place where it begins."""

from __future__ import annotations


class InvalidExpression(ValueError):
    """A condition that is refused: `<place>: <reason>`."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.place = place
        self.reason = reason


class InvalidCondition(InvalidExpression):
    """A JSON condition that is refused: `and[0].value: <reason>`."""


class InvalidSql(InvalidExpression):
    """An SQL condition that is refused: `line 1, column 7: <reason>`; both count characters from 1."""

    def __init__(self, text: str, at: int, reason: str) -> None:
        self.line = text.count("\n", 0, at) + 1
        self.column = at - text.rfind("\n", 0, at)
        super().__init__(f"line {self.line}, column {self.column}", reason)


class NeverFits(ValueError):
    """Values of kinds that cannot meet in a comparison, a cast or a function; the reason has advice."""


class KindsDiffer(NeverFits):
    """Two expressions that are compared have different kinds whatever the record."""
