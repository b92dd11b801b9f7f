"""The event log behind one port, and what stands on it: projections, replicas, outboxes, dead letters, rebuilds."""
