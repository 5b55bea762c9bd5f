"""Prices: one source protocol, three sources, and the returns made from them."""
