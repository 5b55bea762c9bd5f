"""Loops over observations as machine code; modules here work on arrays only."""
