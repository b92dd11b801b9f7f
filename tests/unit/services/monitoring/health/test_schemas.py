"""The documented result has exactly the fields of the one in the log, and the paths of its traces."""

from __future__ import annotations

import msgspec
import pytest
from pydantic import BaseModel

from libs.contracts.critical_interactions import Expected, MatchedStep, Received, Result
from services.monitoring.health.schemas import ExpectedOut, ReceivedOut, ResultOut, StepOut


@pytest.mark.parametrize(
    ("documented", "real", "further"),
    [
        (ResultOut, Result, {"traces"}),
        (StepOut, MatchedStep, set()),
        (ExpectedOut, Expected, set()),
        (ReceivedOut, Received, set()),
    ],
)
def test_documents_and_records_agree(
    documented: type[BaseModel], real: type[msgspec.Struct], further: set[str]
) -> None:
    names = {field.alias for field in documented.model_fields.values()}

    assert names == {field.encode_name for field in msgspec.structs.fields(real)} | further
