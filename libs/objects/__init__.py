"""Objects: stored state whose every change is a transaction with an event, a reference record and an outbox row."""
