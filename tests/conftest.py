"""What all tests share."""

import torch

torch.set_num_threads(1)  # as in the commands; more threads only wait for each other on nets of this size
