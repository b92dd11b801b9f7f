"""What was recorded, as services keep and show it: records as rows, badges, JSON of the API.

Shared by the services that answer questions about interactions and events; nothing here has tables or routes.
"""
