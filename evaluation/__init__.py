"""Evaluation: measures of a trained model beside their value for exact samples."""
