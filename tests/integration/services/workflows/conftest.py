"""A migrated workflows schema for each test, and a log in memory."""

from __future__ import annotations

from services.workflows.service import SERVICE
from tests.support.objects import log, projector_db, request_db, service_under_test, service_url

__all__ = ["log", "projector_db", "request_db", "service_url"]

declared = service_under_test(SERVICE)
