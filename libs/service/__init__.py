"""How a service becomes a process: its API, its relay and its projections, together or apart."""
