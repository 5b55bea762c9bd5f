"""Loops over observations as machine code; modules here see arrays and nothing else."""
