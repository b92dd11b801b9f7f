"""Metrics with values, and the running service that shows them."""

from __future__ import annotations

import pytest

from tests.support.metrics.definitions import Definitions
from tests.support.metrics.series import SeriesWorld
from tests.support.metrics.values import MetricValues


@pytest.fixture
def values(series: SeriesWorld, definitions: Definitions) -> MetricValues:
    """A tenant without metrics."""
    return MetricValues(series, definitions)
