"""The options of a study: its windows, how options are declared, and the specification."""
