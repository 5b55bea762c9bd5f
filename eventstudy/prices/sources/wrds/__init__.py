"""CRSP prices and earnings dates of WRDS, asked by SQL."""
