"""Secrets that a service stores: encrypted at rest under the installation's secret key."""
