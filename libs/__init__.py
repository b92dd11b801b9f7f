"""Code that the services share; nothing here knows a service."""
