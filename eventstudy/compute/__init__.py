"""How work is spread over processes, kept across interruptions and identified."""
