"""Sealed plans: what a study will test, written down before the prices are there."""
