"""Visualization: verbs that draw arrays on an Axes, owners that open and save figures, and one short file a model."""
