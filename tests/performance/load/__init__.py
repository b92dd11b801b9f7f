"""A load generator of our own, a process beside what it loads: closed loop for ceilings, open loop for latency."""
