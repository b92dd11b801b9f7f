"""The routes of queries; paths with fixed last parts come before those that take an id."""

from services.queries.api.activity import router as activity
from services.queries.api.asyncapi import router as asyncapi
from services.queries.api.interactions import router as interactions
from services.queries.api.stream import router as stream
from services.queries.api.timeline import router as timeline
from services.queries.events.api import router as events

ROUTERS = (stream, timeline, interactions, activity, events, asyncapi)
