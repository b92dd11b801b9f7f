"""Work beside requests: waiting that a stop cuts short, backing off, ending tasks."""
