"""Records of sessions as everyone reads them: what is not one is refused, by name."""

from __future__ import annotations

import msgspec
import pytest

from libs.contracts.errors import InvalidRecord
from libs.contracts.workflow_sessions import AnyRecord, CancelRequested
from libs.records.sessions import decode_keyed_record
from services.workflows.engine.entries import readable
from tests.support.workflows.sessions import ANN, session_id, started, stored

CANCEL = CancelRequested(session_id=session_id("s"), at=1, by=ANN)


def test_a_record_is_read_with_its_tenant_and_key() -> None:
    read = decode_keyed_record(stored(CANCEL, tenant_id="acme", key="acme:k"))
    assert (read.tenant_id, read.key, read.record) == ("acme", "acme:k", CANCEL)
    assert read.session == ("acme", session_id("s"))


@pytest.mark.parametrize(
    ("record", "key", "word"),
    [
        (CANCEL, "other:k", "tenant"),
        (msgspec.structs.replace(CANCEL, session_id="s"), None, "sessionId"),
        (msgspec.structs.replace(CANCEL, session_id=session_id("s").upper()), None, "canonical"),
        (msgspec.structs.replace(CANCEL, at=2**62), None, "years"),
        (started("s", workflow_id="w"), None, "workflowId"),
    ],
)
def test_what_could_be_no_row_is_read_by_nobody(record: AnyRecord, key: str | None, word: str) -> None:
    spoilt = msgspec.structs.replace(stored(CANCEL, key=key), value=msgspec.json.encode(record))
    with pytest.raises(InvalidRecord, match=word):
        decode_keyed_record(spoilt)
    assert readable(spoilt) is None
