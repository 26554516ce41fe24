"""Data: Gaussian mixtures, everything that is known exactly about the flows between them, and the named datasets."""
