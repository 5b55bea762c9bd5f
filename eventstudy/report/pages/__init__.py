"""The pages of a report: each is one finding with its chart, text and table."""
