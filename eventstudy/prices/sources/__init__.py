"""Where prices come from, one module a source."""
