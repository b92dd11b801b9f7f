"""Grafana for Waymark: dashboards, written as JSON from the definitions here, and what provisions them."""
