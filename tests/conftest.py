"""What all tests share: one thread, as in the commands; more would only wait for each other on such small networks."""

from commands.workers import one_thread

one_thread()

import torch  # noqa: E402

torch.set_num_threads(1)
