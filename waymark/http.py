"""Turns an error answer of the server into one sentence for a person."""

from __future__ import annotations

from typing import Any

import httpx

from waymark.errors import CommandFailed


class ServerError(CommandFailed):
    """The server's answer was an error; the message holds its status and words."""


def checked(response: httpx.Response) -> httpx.Response:
    """The response, when it is a success; ServerError otherwise."""
    if response.is_success:
        return response
    raise ServerError(f"{response.status_code} {_words(response)}")


def _words(response: httpx.Response) -> str:
    try:
        problem = response.json()
    except ValueError:
        return response.text[:500] or response.reason_phrase
    return problem_words(problem) if isinstance(problem, dict) else response.text[:500]


def problem_words(problem: dict[str, Any]) -> str:
    """A problem document (RFC 9457) in one sentence: the fields at fault, else its detail."""
    places = [f"{place.get('field')}: {place.get('message')}" for place in problem.get("errors", ())]
    return "; ".join(places) or str(problem.get("detail") or problem.get("title") or problem)
