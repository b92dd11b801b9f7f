"""Runs services as processes: their API, relay and projections, together or apart."""
