"""Imports: histories and files as interactions and events, resumable and harmless to repeat."""
