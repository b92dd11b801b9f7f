"""Integrations are taken by the types that they are made for."""

from __future__ import annotations

import pytest

from services.workflows.task_types.connected_types import taken
from services.workflows.task_types.http_request import HttpRequest
from services.workflows.task_types.model import Connected, TaskFailed


def test_an_integration_of_another_kind_is_not_taken() -> None:
    fitting, other = (Connected(name="ours", type=kind, settings={}, secrets={}) for kind in ("http", "slack"))
    assert taken(fitting, HttpRequest.face) is fitting
    with pytest.raises(TaskFailed) as failure:
        taken(other, HttpRequest.face)
    assert failure.value.code == "integration_unusable"
