"""Market-reaction event studies."""
