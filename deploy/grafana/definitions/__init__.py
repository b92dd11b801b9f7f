"""The dashboards, a module each: what it asks Prometheus, and how the answers are shown."""
