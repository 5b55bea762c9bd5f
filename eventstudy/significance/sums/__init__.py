"""Sums and passes over observations that several tests share."""
