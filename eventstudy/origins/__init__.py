"""Where dates of events come from: EDGAR, Yahoo Finance, lists of others; each as registry rows."""
