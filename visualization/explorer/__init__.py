"""The explorer: one offline page in which saved models run."""
