"""`POST /api/v1/behavioral-metrics/preview`: a metric tried on the newest records."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Request
from fastapi.responses import Response

from libs.auth.http import Editor
from libs.contracts.times import to_ms
from libs.httpkit.responses import Responses
from libs.httpkit.state import state
from libs.records.short_text import short_text
from libs.service.reading import answered
from services.metrics.definitions.consistency import require_consistent
from services.metrics.family import METRICS_PATH, metrics_router
from services.metrics.preview.bodies import MetricPreviewIn
from services.metrics.preview.engine import Viewed
from services.metrics.preview.previews import MetricPreviews
from services.metrics.preview.schemas import MetricPreviewOut

router = metrics_router(METRICS_PATH, "behavioral metrics")

_answers = Responses({503: "Two previews run already in this process"})
PreviewsOf = Annotated[MetricPreviews, state("previews")]


@router.post(
    "/preview",
    summary="Preview a behavioral metric on past records",
    description="Its values over the newest records, at most 200,000 of the tenant or as many as 3 s allow. Nothing is"
    " stored.",
    responses=_answers.of(MetricPreviewOut, 503, description="The values, and some of the records that they are of"),
)
async def preview_metric(body: MetricPreviewIn, caller: Editor, previews: PreviewsOf, request: Request) -> Response:
    definition = body.definition()
    require_consistent(definition)
    customer = None if body.customer_id is None else short_text(body.customer_id)
    viewed = Viewed(customer, to_ms(datetime.now(UTC)) + 1 if body.at is None else body.at)
    found = await previews.run(caller.tenant_id, definition, viewed, is_abandoned=request.is_disconnected)
    return answered(found)
