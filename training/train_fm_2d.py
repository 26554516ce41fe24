"""Train flow matching in 2D: train_fm.py with --dim 2d."""

if __name__ == "__main__" and not __package__:
    import _path  # noqa: F401

if __name__ == "__main__":
    from main import script

    script("fm", dim="2d")
