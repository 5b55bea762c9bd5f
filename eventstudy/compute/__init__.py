"""How work is spread over processes, kept across interruptions and identified."""

ENGINES = ("serial", "processes", "dask")
"""Where tasks can run, by name; the address of a Dask scheduler is another place."""
