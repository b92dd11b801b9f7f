"""The routes of queries; paths with fixed last parts come before those that take an id."""

from services.queries.asyncapi import router as asyncapi
from services.queries.events.api import router as events
from services.queries.interactions.api.activity import router as activity
from services.queries.interactions.api.interactions import router as interactions
from services.queries.interactions.api.timeline import router as timeline
from services.queries.stream.events_api import router as event_stream
from services.queries.stream.interactions_api import router as interaction_stream

ROUTERS = (event_stream, interaction_stream, timeline, interactions, activity, events, asyncapi)
