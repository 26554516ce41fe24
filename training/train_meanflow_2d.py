"""Train MeanFlow in 2D: train_meanflow.py with --dim 2d."""

if __name__ == "__main__" and not __package__:
    import _path  # noqa: F401

if __name__ == "__main__":
    from main import script

    script("meanflow", dim="2d")
