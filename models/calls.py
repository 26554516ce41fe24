"""How models are called: on one thread, and with NumPy arrays."""

from contextlib import contextmanager
from functools import wraps

import torch


@contextmanager
def on_one_thread():
    """torch has one thread in here: more of them mostly wait for each other on nets of this size."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def for_numpy_too(generate):
    """`generate` as it is for a tensor; for a NumPy array, without gradients and with an array as its result."""

    @wraps(generate)
    def either(self, z):
        if torch.is_tensor(z):
            return generate(self, z)
        noise = torch.from_numpy(z.astype("float32")).to(next(self.parameters()).device)
        with torch.no_grad():
            return generate(self, noise).cpu().numpy()

    return either
