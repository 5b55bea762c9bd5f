"""Tables of a result, tidy and for print."""
