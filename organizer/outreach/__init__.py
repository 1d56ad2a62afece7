"""Letters: the outbox and its transport."""
