"""The client on an event loop: written by hand, and what `waymark.client.blocking` is rendered from."""
