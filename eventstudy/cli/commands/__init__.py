"""The verbs of the command line, a file each: parse, call, print. No numbers here."""
