"""Tests an integration or a provider by a call that changes nothing, where its type has one."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from libs.httpkit.errors import require_found
from libs.outbound.client import Outbound
from services.workflows.integrations.connecting import Connections
from services.workflows.integrations.model import PROVIDER, AccountKind
from services.workflows.integrations.redaction import Redactor, secrets_of
from services.workflows.integrations.types.form import PROBE_S, Probe
from services.workflows.integrations.types.registry import TYPES
from services.workflows.task_types.model import Connected, TaskFailed


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The outcome of a test: what was found or what failed, without a secret."""

    ok: bool
    detail: str
    latency_ms: int


async def probed(
    connections: Connections, tenant_id: str, kind: AccountKind, name: str, outbound: Outbound
) -> ProbeResult:
    """Return what a test found, after `PROBE_S` at the latest. Raises NotFound."""
    began_s = time.monotonic()
    connected = None
    try:
        connected = require_found(await connections.find(tenant_id, kind, name), kind, name)
        async with asyncio.timeout(PROBE_S):
            ok, detail = True, await _probe_of(kind, connected)(connected, outbound)
    except TaskFailed as failure:
        ok, detail = False, failure.message
    except TimeoutError:
        ok, detail = False, f"no answer within {PROBE_S:g} s"
    latency_ms = round((time.monotonic() - began_s) * 1_000)
    return ProbeResult(ok, Redactor(secrets_of(connected)).text(detail), latency_ms)


def _probe_of(kind: AccountKind, connected: Connected) -> Probe:
    found = TYPES[connected.type]
    probe = found.probe_provider if kind == PROVIDER else found.probe
    assert probe is not None, "a type with providers tests them"
    return probe
