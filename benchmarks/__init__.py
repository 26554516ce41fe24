"""Benchmarks: how fast it is, beside the plain way; never part of the tests."""
