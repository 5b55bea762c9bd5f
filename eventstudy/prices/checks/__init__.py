"""What is wrong with prices and returns that can be read: one set of checks for every way in."""
