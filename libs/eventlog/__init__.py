"""The event log behind one port: append, read, subscribe, in Kafka, in PostgreSQL and in memory."""
