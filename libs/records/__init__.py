"""Recorded things as services keep and show them: records as rows, badges, JSON of the API.

Shared by the services that answer questions about interactions and events; nothing here has tables or routes.
"""
