"""The package's models by module and name, in the order of their list.

Kept apart from the models, so that the shell can complete a name without loading them.
"""

BUILT_IN = {
    "market": ("market", "mean", "market_adjusted"),
    "multifactor": ("capm", "ff3", "ff5", "carhart", "ff5_mom", "factors"),
    "thin_trading": ("scholes_williams", "dimson", "trade_to_trade"),
    "garch": ("garch", "gjr", "egarch"),
    "robust": ("robust",),
    "peers": ("peers",),
    "synthetic": ("synthetic",),
}
"""Module under eventstudy.models → the models in it."""

MODELS = tuple(name for names in BUILT_IN.values() for name in names)
