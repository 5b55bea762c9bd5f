"""The files that a bundle can hold, one module a format."""
