"""What all tests share: one thread, as in the commands; more only wait for each other on nets of this size."""

from training.pool import one_thread

one_thread()

import torch  # noqa: E402

torch.set_num_threads(1)
