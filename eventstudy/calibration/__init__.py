"""Size and power of the tests, on simulated or own prices."""
