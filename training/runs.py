"""Runs: one model trained on one dataset, what it recorded, and its file.

A checkpoint is one file that loads with `torch.load(weights_only=True)`. It is written to a temporary name and
renamed, so a file under its final name is always whole.
"""

import time
from dataclasses import dataclass, field
from importlib import import_module

import numpy as np
import torch

from data.synthetic import noise, samples, target
from models import model_class
from training.files import replace_file
from training.probe import FieldProbe
from training.trainer import Diverged, Trainer

FORMAT = 2
N_NOISE = 256  # points of the fixed noise that snapshots follow


class BadRun(Exception):
    """A file that is not a run of this version; its text is one line that says so and what to do."""


@dataclass
class Run:
    """A finished run.

    config: the settings that decided it (Config.run_settings); model: with the averaged weights, for S seeds;
    data: (S, n, D) samples; noise: (256, D) points of N(0, I) that snapshots follow; history: {"loss": (E, S)};
    snapshots: name -> (K, ...) recorded at K epochs, "epoch" among them, and "weights" (K, P), the first seed's in half
    precision; measures: name -> (S,) of the trained model;
    seconds: training time; trouble: "" or why the training stopped early; state: the trainer's, to go on from.
    """

    config: dict
    model: torch.nn.Module
    data: torch.Tensor
    noise: torch.Tensor
    history: dict
    snapshots: dict
    seconds: float
    trouble: str
    state: dict
    measures: dict = field(default_factory=dict)

    @property
    def final_loss(self):
        """Mean loss of the last epoch, (S,); NaN where there was none."""
        losses = self.history["loss"]
        return losses[-1] if len(losses) else losses.new_full((self.config["n_seeds"],), float("nan"))


def recipe(name):
    """The training module of a model (training.train_fm); a variant (vae_beta) shares its family's."""
    return import_module(f"training.train_{name.partition('_')[0]}")


def build(config, generators):
    """A fresh model of a run's settings; its weights are drawn from the generators, one a seed."""
    options = recipe(config["model"]).options(config)
    return model_class(config["model"])(config["dim"], config["hidden"], generators, **options)


def train(config, device="cpu", report=lambda *progress: None):
    """Train all seeds of one model: a Run. report(epoch, epochs, words) is called after every epoch."""
    seeds = range(config["seed"], config["seed"] + config["n_seeds"])
    generators = [torch.Generator(device).manual_seed(seed) for seed in seeds]
    model = build(config, generators).to(device)
    data = torch.tensor(samples(target(config["dataset"]), config["n_samples"], seeds), dtype=torch.float32)
    points = torch.tensor(noise(N_NOISE, config["dim"], np.random.default_rng(0)), dtype=torch.float32)
    trainer = Trainer(model, data.to(device), generators, config["lr"], config["batch_size"], config["adaptive_power"])
    start = time.perf_counter()
    snapshots, trouble = _fit(trainer, config, points.to(device), report)
    return Run(
        config=config,
        model=trainer.averaged,
        data=data,
        noise=points,
        history={"loss": torch.stack(trainer.losses) if trainer.losses else torch.empty(0, len(seeds))},
        snapshots=snapshots,
        seconds=time.perf_counter() - start,
        trouble=trouble,
        state=trainer.state(),
    )


def first_seed(model):
    """The weights of a model's first seed as one vector (P,), in the order of its parameters."""
    return torch.cat([p[0].ravel() for p in model.parameters()])


def _fit(trainer, config, points, report):
    """Train to the last epoch or to divergence: (snapshots stacked over time, trouble)."""
    record = recipe(config["model"]).record
    epochs, every = config["epochs"], config["viz_freq"]
    snapshots, trouble = [], ""
    probe = FieldProbe(config["dataset"], points.device) if hasattr(trainer.model, "velocity") else None

    def keep(epoch):
        with torch.no_grad():
            shot = record(trainer.averaged, points.expand(len(trainer.data), -1, -1), trainer.data)
            shot["weights"] = first_seed(trainer.averaged).half()
            if probe:
                shot["excess"] = probe(trainer.averaged, len(trainer.data))
        snapshots.append({"epoch": torch.tensor(epoch), **{name: value.cpu() for name, value in shot.items()}})

    for epoch in range(1, epochs + 1):
        try:
            trainer.epoch()
        except Diverged as stop:
            trouble = str(stop)
            keep(epoch - 1)
            break
        if epoch % every == 0 or epoch == epochs:
            keep(epoch)
        report(epoch, epochs, f"loss {trainer.losses[-1].mean():.4g}")
    return {name: torch.stack([shot[name] for shot in snapshots]) for name in snapshots[0]}, trouble


def save(run, path):
    """Write a run as one file, by a temporary name and a rename."""
    content = {name: value for name, value in vars(run).items() if name != "model"} | {"format": FORMAT}
    replace_file(path, lambda temporary: torch.save(content, temporary))


def load(path):
    """The Run in a file, on the CPU. Raises BadRun where the file is damaged, foreign or of another format."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        if content.pop("format") != FORMAT:
            raise BadRun(f"{path} has another format; delete it or train anew with --restart")
        config = content["config"]
        model = build(config, [torch.Generator() for _ in range(config["n_seeds"])])
        torch.nn.utils.vector_to_parameters(content["state"]["average"], model.parameters())
        return Run(model=model.requires_grad_(False), **content)
    except (BadRun, OSError):
        raise
    except Exception as error:  # whatever else a damaged file makes of the unpickler or of the model
        raise BadRun(f"{path} is not a run of Gen_Study ({type(error).__name__}); delete it or use --restart") from None


def obtain(path, config, name, dim, given=None, report=lambda *progress: None):
    """The saved run where it is the one asked for, else a new one, trained and saved: (run, notes for the user).

    given: names of the settings that must agree; None: all of them.
    """
    settings, notes = config.run_settings(name, dim), []
    if path.exists() and not config.restart:
        saved = load(path)
        asked = settings if given is None else {key: settings[key] for key in given if key in settings}
        differ = [
            f"{key} {saved.config.get(key)} -> {value}"
            for key, value in asked.items()
            if saved.config.get(key) != value
        ]
        if not differ:
            return saved, notes
        notes.append(f"{path.name} has other settings ({', '.join(differ)}): trained anew")
    run = train(settings, device_of(config.device), report)
    save(run, path)
    return run, notes


def device_of(choice):
    """The torch device of --device: auto takes a CUDA device where there is one."""
    return choice if choice != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
