"""Evaluation: measures of a trained model, next to their values for exact samples."""
