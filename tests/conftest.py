"""What all tests share: one thread, as in the commands; more only wait for each other on nets of this size."""

import os

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

import torch  # noqa: E402

torch.set_num_threads(1)
