"""The read model of matches, by name."""

from __future__ import annotations

MATCHES_MODEL = "matches"
