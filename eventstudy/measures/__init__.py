"""Measures beside the return: volume, volatility, minutes, and the regression of the CAR."""
