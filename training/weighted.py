"""The residual weight in D dimensions, learnt: the decoder of models/decoder.py, whose best answer is one point."""

import numpy as np
import torch

from data.weighted import MODES, SHARES, two_modes
from models.calls import on_one_thread
from models.decoder import Decoder
from training.trainer import Trainer

SEEDS, POINTS, EPOCHS, HIDDEN, LR = 5, 500, 60, (8,), 1e-2  # 480 steps reach the minimum to within the seeds' spread


@on_one_thread()
def learnt_bias(p, dim):
    """How far what is learnt with the power p is from the mean, in units of the distance of the modes: (S,)."""
    generators = [torch.Generator().manual_seed(seed) for seed in range(SEEDS)]
    data = np.stack([two_modes(POINTS, dim, np.random.default_rng(seed)) for seed in range(SEEDS)])
    model = Decoder(dim, HIDDEN, generators)
    trainer = Trainer(model, torch.tensor(data, dtype=torch.float32), generators, lr=LR, adaptive_power=p)
    for _ in range(EPOCHS):
        trainer.epoch()
    z = torch.randn((SEEDS, POINTS, dim), generator=torch.Generator().manual_seed(SEEDS))
    with torch.no_grad():
        found = trainer.averaged.generate(z)[..., 0].mean(1)
    return (found.numpy() - np.dot(MODES, SHARES)) / (MODES[1] - MODES[0])
