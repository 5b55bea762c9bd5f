"""Least squares on batches of observations, and what every model returns."""
