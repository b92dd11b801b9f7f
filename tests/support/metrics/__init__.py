"""Behavioural metrics worked out a second time, from what was posted, and what the tests of the service share."""
