"""The client in blocking code: rendered from `waymark.client.asynchronous`, but for `waiting.py`."""
