"""Charts: each takes the axes first, draws plain tables and arrays into them, fits nothing."""
