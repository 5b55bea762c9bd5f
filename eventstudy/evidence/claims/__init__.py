"""What was said about an event, each statement checked against the figures."""
