"""How vendors write price files: one entry a dialect, recognised by its header."""
