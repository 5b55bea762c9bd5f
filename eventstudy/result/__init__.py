"""What a study returns, and its tables."""
