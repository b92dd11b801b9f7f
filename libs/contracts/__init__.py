"""Shapes that travel through the log and over HTTP between services: topics, envelopes, wire shapes, paths.

Pure data and rules: nothing in this package does I/O or imports a web framework, a database driver or a log client.
"""
