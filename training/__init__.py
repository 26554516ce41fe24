"""Training: configuration, the loop, saved runs, and one short file a model."""
