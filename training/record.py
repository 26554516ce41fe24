"""What a snapshot keeps of a path: enough to draw, little enough to keep for every epoch."""


def thin(path, vertices=25):
    """Of a path (T + 1, S, N, D): the first seed, about `vertices` even times and 64 (1D) or 128 (2D) of its points.

    The 1D noise is sorted, so every fourth point covers it; of a Sobol sequence any beginning does.
    """
    times = slice(None, None, max(1, (len(path) - 1) // (vertices - 1)))
    return path[times, 0, ::4] if path.shape[-1] == 1 else path[times, 0, : path.shape[2] // 2]
