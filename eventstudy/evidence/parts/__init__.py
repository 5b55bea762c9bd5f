"""The parts of the evidence: each with its tables, its sentence and its short form."""
