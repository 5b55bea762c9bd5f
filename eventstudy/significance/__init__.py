"""Tests: one asset at one event, several assets on one date, many events."""
