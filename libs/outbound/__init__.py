"""Calls that leave the system: which addresses may be reached, and the HTTP client that reaches no other."""
