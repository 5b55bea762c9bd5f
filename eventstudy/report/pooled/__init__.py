"""The report of many events: their means, groups, distribution and coverage."""
