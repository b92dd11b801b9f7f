"""Records as they happen: streams read from the log itself, so none waits for a projection or misses what one parks."""
