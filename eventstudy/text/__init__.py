"""How figures, words and tables are set."""
