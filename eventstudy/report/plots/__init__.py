"""Charts of a result or a part of the evidence, each a figure of its own."""
