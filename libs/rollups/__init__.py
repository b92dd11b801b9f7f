"""Counters kept for spans of time, and histograms of durations, both of which the database adds up and takes away.

Shared by the read models that answer any range from few rows; nothing here has tables of its own.
"""
