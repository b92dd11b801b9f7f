"""Composes the gateway: the recorders, and the door before them."""

from __future__ import annotations

from functools import partial
from typing import TypedDict

from libs.auth.http import Access
from libs.lazy import lazy_imports
from libs.service.door import DoorState, OpenDoor, Respond
from libs.service.parts import Parts
from services.gateway.events.routes import EVENTS_PATH, answer_events
from services.gateway.interactions.routes import BATCH_PATH, SINGLE_PATH, answer_batch, answer_single
from services.gateway.otlp.appending import LogAppend
from services.gateway.otlp.recorder import OtlpRecorder
from services.gateway.recorders import open_recorders
from services.gateway.settings import GatewaySettings

with lazy_imports():  # grpcio may be absent
    from services.gateway.otlp import grpc_receiver


class State(TypedDict):
    """The state of requests: of those at the door, and of those that pass it."""

    door: DoorState
    access: Access
    otlp: OtlpRecorder


async def start(parts: Parts, settings: GatewaySettings) -> State:
    """Bring up the recorders and the door."""
    log = await parts.log()
    access = parts.access(await parts.credentials(log))
    recorders = await open_recorders(parts, settings, log)
    await parts.observe()
    interactions, events = recorders.interactions, recorders.events
    respond: dict[str, Respond] = {
        SINGLE_PATH: partial(answer_single, interactions),
        BATCH_PATH: partial(answer_batch, interactions),
        EVENTS_PATH: partial(answer_events, events),
    }
    door = DoorState(OpenDoor(access, respond))
    parts.closing(door.close)
    otlp = OtlpRecorder(LogAppend(log), events.positions, recorders.schemas.find)
    if settings.otlp_grpc_port:
        address = f"{settings.host}:{settings.otlp_grpc_port}"
        await parts.start("OTLP/gRPC", grpc_receiver.GrpcReceiver(address, access, otlp))
    return State(door=door, access=access, otlp=otlp)
