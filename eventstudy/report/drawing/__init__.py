"""Type, colours, paper, and what is drawn on it."""
