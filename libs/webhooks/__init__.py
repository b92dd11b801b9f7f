"""Webhooks as Standard Webhooks specifies them: signed messages to URLs of tenants, tried until they are delivered."""
