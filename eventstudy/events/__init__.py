"""Events: the registry, the groups that an event concerns, and day 0."""
