"""Work beside requests: loops, waiting that a stop cuts short, backing off, ending tasks."""
