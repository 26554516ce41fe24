"""What all tests share: one thread, as in the commands; more only wait for each other on nets of this size."""

from commands.workers import one_thread

one_thread()

import torch  # noqa: E402

torch.set_num_threads(1)
