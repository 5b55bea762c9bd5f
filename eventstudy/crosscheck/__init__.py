"""Repeats a saved study in other packages and explains every digit that differs."""
