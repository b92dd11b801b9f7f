"""Work that is due at a time: rows of a service's schedule, each done by one process at a time, whichever has room."""
