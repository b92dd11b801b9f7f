"""The console as a person meets it: a real browser on an installation with data in it."""
