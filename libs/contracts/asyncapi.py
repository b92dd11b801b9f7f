"""The topics as an AsyncAPI 3.0 document: names, keys, headers and values, derived from what writes and reads them.

The topics of credentials and key uses are left out: they are not for subscribers.
"""

from __future__ import annotations

import uuid
from typing import Any

import msgspec

from libs.contracts import dead_letter_headers
from libs.contracts.critical_interactions import (
    COMPLETED,
    MatchedStep,
    Result,
    encode_result,
    result_id,
    result_type,
)
from libs.contracts.envelope import JSON_CONTENT_TYPE, Headers
from libs.contracts.events import Event, Sender, encode_event
from libs.contracts.interactions import RECORDED, VOIDED, Interaction, Voided, encode_interaction, encode_voided
from libs.contracts.metric_values import CHANGED as VALUE_CHANGED
from libs.contracts.metric_values import (
    REMOVED,
    MetricValue,
    ValueKey,
    encode_metric_value,
    encode_removed,
    metric_text,
)
from libs.contracts.monitoring_steps import (
    CLOSING,
    STEP,
    STOPPED,
    TICK,
    Closing,
    Hit,
    Step,
    Tick,
    encode_closing,
    encode_step,
    encode_tick,
)
from libs.contracts.reference import CHANGED, FRONTIER, ReferenceRecord, encode_reference
from libs.contracts.topics import (
    CRITICAL_INTERACTIONS,
    EVENTS,
    INTERACTIONS,
    INTERNAL_TOPICS,
    MANIFEST,
    MAX_RECORD_BYTES,
    METRIC_VALUES,
    MONITORING_STEPS,
    REFERENCE,
    WORKFLOW_SESSIONS,
    Topic,
)
from libs.contracts.workflow_sessions import (
    TYPES,
    AnyRecord,
    CancelRequested,
    ChildEnded,
    EventMatched,
    Posted,
    RetryRequested,
    SessionAdvanced,
    SessionEnded,
    SessionStarted,
    StartedBy,
    TaskAt,
    TaskResult,
    encode_session_record,
    session_key,
)

VERSION = "1.0.0"
_AT = "2026-01-15T10:30:00.000Z"
_AT_MS = 1_768_473_000_000
_ID = "0199439c-0440-70db-8d54-f9add9ea5f62"
_UOW_ID = "8d1f0b7e-0d5c-4b1e-9a47-3d8c5a0e7f11"
_TEXT = {"type": "string"}
_UUID = {"type": "string", "format": "uuid"}
_TIME = {"type": "string", "format": "date-time"}

_ALWAYS: dict[str, dict[str, Any]] = {
    "ce_specversion": {"type": "string", "const": "1.0"},
    "ce_id": {**_UUID, "description": "The record's identity; a repeat has the same one."},
    "ce_source": {**_TEXT, "description": "`waymark/<tenant>/…`: which part of Waymark wrote it."},
    "ce_type": {**_TEXT, "description": "What kind of record it is; for events the event's own type."},
    "ce_time": {**_TIME, "description": "Event time, in UTC."},
    "ce_tenantid": {**_TEXT, "description": "The tenant."},
    "content-type": {**_TEXT, "description": "What the value is."},
}
_SOMETIMES: dict[str, dict[str, Any]] = {
    "ce_subject": {**_TEXT, "description": "The resource's id."},
    "ce_resourcetype": {**_TEXT, "description": "The resource's type."},
    "ce_correlationid": {**_TEXT, "description": "The unit of work."},
    "ce_causationid": {**_TEXT, "description": "The id of the event that led to this one."},
    "ce_actorid": {**_TEXT, "description": "Who did it."},
    "ce_actortype": {
        "type": "string",
        "pattern": "^[A-Za-z0-9_.-]{1,64}$",
        "description": "`user`, `api_key`, `service`, `system`, or a producer's own word.",
    },
    "ce_dataschema": {**_TEXT, "description": "The schema the value was checked against."},
    "ce_sequence": {"type": "string", "pattern": "^[0-9]+$", "description": "An interaction's number."},
    "traceparent": {**_TEXT, "description": "W3C trace context of the request."},
    "waymark-cloudevent": {
        "type": "string",
        "contentMediaType": JSON_CONTENT_TYPE,
        "description": "Of an event that came as a CloudEvent: what its sender said of it (`Sender`), as JSON.",
    },
}
_OF_VALUES: dict[str, dict[str, Any]] = {
    "ce_id": {**_TEXT, "description": "`<value's id>:<its instant in milliseconds>`; a repeat has the same one."},
    "ce_time": {**_TIME, "description": "The instant of the value, in UTC."},
    "ce_subject": {**_TEXT, "description": "The customer."},
}
_OF_SESSIONS: dict[str, dict[str, Any]] = {
    "ce_id": {**_TEXT, "description": "`<session>:<what it is>`; a repeat has the same one."},
    "ce_subject": {**_UUID, "description": "The session."},
}
_NUMBERS: dict[str, dict[str, Any]] = {
    "value": {"type": "number"},
    "previousValue": {"anyOf": [{"type": "number"}, {"type": "null"}], "default": None},
}
_PARKED: dict[str, dict[str, Any]] = {
    name: {**_TEXT, "description": meaning} for name, meaning in dead_letter_headers.HEADERS.items()
}


def asyncapi_document() -> dict[str, Any]:
    """Return the whole document, the same each time."""
    schemas = msgspec.json.schema_components(
        [
            _without_raw(Interaction),
            Voided,
            ReferenceRecord,
            Sender,
            Step,
            Tick,
            Closing,
            Result,
            _without_raw(MetricValue),
            AnyRecord,
        ],
        ref_template="#/components/schemas/{name}",
    )
    schemas[1]["MetricValue"]["properties"] |= _NUMBERS
    messages = _messages()
    topics = [topic for topic in MANIFEST if topic not in INTERNAL_TOPICS]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Waymark's topics",
            "version": VERSION,
            "description": "Every record is a CloudEvent 1.0 in Kafka's binary mode. The shapes grow by addition only: "
            "ignore headers and fields you do not know.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": JSON_CONTENT_TYPE,
        "servers": {
            "kafka": {
                "host": "{address}",
                "protocol": "kafka",
                "description": "The broker. A topic prefix of the installation goes before every name.",
                "variables": {"address": {"default": "127.0.0.1:9092", "description": "Bootstrap server."}},
            }
        },
        "channels": {_name(topic): _channel(topic) for topic in topics},
        "operations": {f"send.{_name(topic)}": _operation(topic) for topic in topics},
        "components": {
            "messages": messages,
            "schemas": schemas[1]
            | {
                "Headers": _headers({}),
                "ValueHeaders": _headers(_OF_VALUES),
                "SessionHeaders": _headers(_OF_SESSIONS),
                "ParkedHeaders": _parked(),
            },
        },
    }


def _without_raw(struct: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """Return the struct with any JSON where it keeps a sender's own text, which msgspec cannot describe."""
    fields: list[Any] = []
    for field in msgspec.structs.fields(struct):
        if field.required:
            fields.append((field.name, field.type))
        else:
            raw = field.type is msgspec.Raw
            fields.append((field.name, Any if raw else field.type, None if raw else field.default))
    described = {"__doc__": struct.__doc__}
    return msgspec.defstruct(struct.__name__, fields, kw_only=True, rename="camel", namespace=described)


def _messages() -> dict[str, Any]:
    interaction = Interaction(
        interaction_id=_ID,
        interaction_number=42,
        resource_id="order-456",
        resource_type_id="0199439c-0000-7000-8000-000000000001",
        action_id="0199439c-0000-7000-8000-000000000002",
        origin_id="0199439c-0000-7000-8000-000000000003",
        resource_type="ORDER",
        action="CREATE",
        origin="WEBAPP",
        interaction=msgspec.Raw(b'{"total":149.99}'),
        uow_id=_UOW_ID,
        user_id="ann",
        created_date=_AT,
    )
    event = Event(
        id=_ID,
        type="order.shipped",
        tenant_id="default",
        resource_type="ORDER",
        resource_id="order-456",
        actor_id="ann",
        actor_type="user",
        occurred_at=_AT,
        data=b'{"carrier":"DHL"}',
        correlation_id=_UOW_ID,
    )
    frontier = ReferenceRecord(kind=FRONTIER, tenant_id="default", id="numbers", version=43, data={"next": 43})
    parked = (
        *encode_event(event)[2],
        (dead_letter_headers.TOPIC, EVENTS.name.encode()),
        (dead_letter_headers.REASON, b"value: not JSON"),
    )
    anything: dict[str, Any] = {"description": "The payload as its sender sent it; `content-type` says what it is."}
    return {
        "interactionRecorded": _message(
            RECORDED, INTERACTIONS, _ref("Interaction"), encode_interaction("default", interaction, actor_type="user")
        ),
        "interactionVoided": _message(
            VOIDED, INTERACTIONS, _ref("Voided"), encode_voided("default", 41, _AT, "never landed")
        ),
        "event": _message("An event", EVENTS, anything, encode_event(event)),
        "referenceChanged": _message(
            CHANGED, REFERENCE, _ref("ReferenceRecord"), encode_reference(frontier, timestamp_ms=_AT_MS)
        ),
        **_monitoring_messages(),
        **_metric_messages(),
        **_session_messages(),
        "parked": _message(
            "A copy of a record that could not be applied",
            EVENTS,
            anything,
            ("default:unit", b'{"carrier":', parked),
            headers="ParkedHeaders",
        ),
    }


def _monitoring_messages() -> dict[str, Any]:
    step = Step(
        id=_ID,
        source="interaction",
        topic=INTERACTIONS.name,
        partition=3,
        offset=41,
        number=42,
        name="ORDER.CREATE",
        event_at=_AT_MS,
        accepted_at=_AT_MS,
        watermark_ms=5_000,
        uow_id=_UOW_ID,
        hits=(Hit(definition_id=1, version=1, current=True, steps=1, dimensions=("WEBAPP",)),),
    )
    first = MatchedStep(step=0, name=step.name, record_id=_ID, source="interaction", time=_AT_MS, uow_id=_UOW_ID)
    result = Result(
        id=result_id("default", 1, 1, "user:ann", _ID),
        interaction_id=1,
        name="OrderCreated",
        version=1,
        key="user:ann",
        outcome=COMPLETED,
        cause=None,
        expected=None,
        received=None,
        step_reached=1,
        steps=(first,),
        started_at=_AT_MS,
        ended_at=_AT_MS,
        duration_ms=0,
        score=1.0,
        category="Excellent",
        dimensions={"origin": "WEBAPP"},
        uow_ids=(_UOW_ID,),
    )
    tick = encode_tick("waymark:tick-0", Tick(as_of=_AT_MS))
    closing = Closing(definition_id=1, version=2, at=_AT_MS, cause=STOPPED, watermark_ms=5_000)
    closed = encode_closing("default", "default:closing-0", closing)
    return {
        "monitoringStep": _message(STEP, MONITORING_STEPS, _ref("Step"), encode_step("default", "user:ann", step)),
        "monitoringTick": _message(TICK, MONITORING_STEPS, _ref("Tick"), tick),
        "monitoringClosing": _message(CLOSING, MONITORING_STEPS, _ref("Closing"), closed),
        "criticalInteraction": _message(
            result_type("<outcome>"), CRITICAL_INTERACTIONS, _ref("Result"), encode_result("default", result)
        ),
    }


def _metric_messages() -> dict[str, Any]:
    key = ValueKey("default", uuid.UUID(_ID), "ann", "[]")
    value = MetricValue(
        id=key.value_id,
        metric_id=metric_text(key.metric_id),
        metric_name="purchase_frequency_30d",
        customer_id=key.customer,
        dimensions={},
        value=msgspec.Raw(b"12"),
        record_count=12,
        from_="2025-12-16T10:30:00.000Z",
        to=_AT,
        computed_at=_AT,
        previous_value=msgspec.Raw(b"11"),
    )
    return {
        "metricValueChanged": _message(
            VALUE_CHANGED, METRIC_VALUES, _ref("MetricValue"), encode_metric_value(key, value), "ValueHeaders"
        ),
        "metricValueRemoved": _message(
            REMOVED, METRIC_VALUES, {"type": "null"}, encode_removed(key, _AT), "ValueHeaders"
        ),
    }


def _session_messages() -> dict[str, Any]:
    by, input_ = StartedBy(id="ann", type="user"), msgspec.Raw(b'{"id":"order-456"}')
    one: dict[str, Any] = {"session_id": _ID, "at": _AT_MS}
    result = TaskResult(
        task="Fetch",
        status="completed",
        attempt=1,
        started_at=_AT_MS,
        ended_at=_AT_MS,
        output=msgspec.Raw(b'{"status_code":200}'),
    )
    records: dict[str, AnyRecord] = {
        "sessionStarted": SessionStarted(
            **one,
            workflow_id=_UOW_ID,
            workflow="order-paid",
            version=1,
            input=input_,
            uow_id=_UOW_ID,
            started_by=by,
            started=(TaskAt(task="Fetch"),),
            deadline=_AT_MS + 86_400_000,
        ),
        "sessionAdvanced": SessionAdvanced(**one, seq=1, results=(result,), started=(TaskAt(task="Tell"),)),
        "sessionEnded": SessionEnded(**one, seq=2, status="completed", skipped=("Tell",)),
        "cancelRequested": CancelRequested(**one, by=by),
        "retryRequested": RetryRequested(**one, by=by, round=2, tasks=("Fetch",), deadline=_AT_MS + 86_400_000),
        "eventMatched": EventMatched(
            **one, task="Wait", round=1, attempt=1, event_id=_ID, event=msgspec.Raw(b'{"event_type":"order.shipped"}')
        ),
        "childEnded": ChildEnded(**one, task="Sub", child=_UOW_ID, status="completed"),
        "posted": Posted(**one, task="Emit", key=_UOW_ID),
    }
    key = session_key("default", _ID, None)
    return {
        name: _message(
            TYPES[type(record)],
            WORKFLOW_SESSIONS,
            _ref(type(record).__name__),
            encode_session_record("default", key, _UOW_ID, record),
            "SessionHeaders",
        )
        for name, record in records.items()
    }


def _message(
    title: str,
    topic: Topic,
    payload: dict[str, Any],
    example: tuple[str, bytes | None, Headers],
    headers: str = "Headers",
) -> dict[str, Any]:
    _, value, found = example
    shown: dict[str, Any] = {"headers": {name: text.decode() for name, text in found}}
    try:
        shown["payload"] = msgspec.json.decode(value or b"null")
    except msgspec.DecodeError:
        shown["payload"] = (value or b"").decode()
    return {
        "name": title,
        "contentType": JSON_CONTENT_TYPE,
        "headers": _ref(headers),
        "payload": payload,
        "bindings": {"kafka": {"key": {"type": "string", "description": topic.key}}},
        "examples": [shown],
    }


def _channel(topic: Topic) -> dict[str, Any]:
    kept = {"cleanup.policy": ["compact" if topic.compacted else "delete"], "max.message.bytes": MAX_RECORD_BYTES}
    return {
        "address": topic.name,
        "description": f"{topic.description} Key: {topic.key}.",
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _messages_of(topic)},
        "bindings": {"kafka": {"topic": topic.name, "partitions": topic.partitions, "topicConfiguration": kept}},
    }


def _operation(topic: Topic) -> dict[str, Any]:
    return {"action": "send", "channel": {"$ref": f"#/channels/{_name(topic)}"}, "summary": topic.description}


def _messages_of(topic: Topic) -> tuple[str, ...]:
    known = {
        INTERACTIONS.name: ("interactionRecorded", "interactionVoided"),
        EVENTS.name: ("event",),
        REFERENCE.name: ("referenceChanged",),
        MONITORING_STEPS.name: ("monitoringStep", "monitoringTick", "monitoringClosing"),
        CRITICAL_INTERACTIONS.name: ("criticalInteraction",),
        METRIC_VALUES.name: ("metricValueChanged", "metricValueRemoved"),
        WORKFLOW_SESSIONS.name: tuple(_session_messages()),
    }
    return known.get(topic.name, ("parked",))


def _name(topic: Topic) -> str:
    """Return the topic's name as a key of the document: `interactions`, `interactionsDlq`."""
    first, *others = [part for part in topic.name.split(".") if part not in ("waymark", "v1")]
    return first + "".join(part.title() for part in others)


def _headers(own: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {"type": "object", "required": list(_ALWAYS), "properties": {**_ALWAYS, **_SOMETIMES, **own}}


def _parked() -> dict[str, Any]:
    """Describe the headers of a copy, whose envelope may lack any attribute."""
    return {"type": "object", "properties": {**_ALWAYS, **_SOMETIMES, **_PARKED}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
