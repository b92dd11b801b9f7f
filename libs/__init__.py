"""What the services share; nothing here knows a service."""
