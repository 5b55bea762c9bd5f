"""results.json as programs read it: its keys declared once, their schema, the keys of sentences."""
