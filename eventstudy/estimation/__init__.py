"""From observations to abnormal returns."""
