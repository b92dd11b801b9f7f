"""A real Apache Kafka broker without a container: one node from Apache's own jars, for tests and for hand use."""
