"""Turns an error answer of the server into one sentence for a person."""

from __future__ import annotations

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
    if not isinstance(problem, dict):
        return response.text[:500]
    places = [f"{place.get('field')}: {place.get('message')}" for place in problem.get("errors", ())]
    return "; ".join(places) or str(problem.get("detail") or problem.get("title") or problem)
