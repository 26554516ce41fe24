"""Benchmarks: how fast it is, compared with the plain way; not part of the tests."""
