"""Runs: one model trained on one dataset, what it recorded, and its file.

While a run is trained its state so far is kept beside its file every few seconds, so that a command that was killed
goes on from there, to the same bits.
"""

import time
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module

import numpy as np
import torch

from data.points import restored
from data.synthetic import noise, samples, target
from models import model_class
from training import checkpoint
from training.checkpoint import MOVE, BadRun
from training.config import plain_settings, run_file
from training.files import content_key, key_of, refuse_foreign, remove
from training.pool import Stopped
from training.probe import FieldProbe
from training.record import first_weights
from training.trainer import Trainer, flatten

ENDINGS = ("_model.pt", "_progress.pt")
N_NOISE = 256  # points of the fixed noise that snapshots follow


@dataclass
class Run:
    """A run: finished, or as far as it has come.

    config: the settings that decided it (Config.run_settings); model: with the averaged weights, for S seeds;
    data: (S, n, D) samples; noise: (256, D) points of N(0, I) that snapshots follow; history: {"loss": (E, S)};
    snapshots: name -> (K, ...) recorded at K epochs, "epoch" among them, and "weights" (K, P), the first seed's in half
    precision; measures: {"rows": ...} once it is measured; seconds: training time; state: the trainer's, to go on from.
    """

    config: dict
    model: torch.nn.Module
    data: torch.Tensor
    noise: torch.Tensor
    history: dict
    snapshots: dict
    seconds: float
    state: dict
    measures: dict = field(default_factory=dict)

    @property
    def final_loss(self):
        """Mean loss of the last epoch, (S,); NaN where there was none, or for a seed that has diverged."""
        losses = self.history["loss"]
        return losses[-1] if len(losses) else losses.new_full((self.config["n_seeds"],), float("nan"))

    @property
    def finished(self):
        """Whether it has come to its last epoch, or every seed has diverged."""
        return len(self.history["loss"]) >= self.config["epochs"] or len(self.stopped) == self.config["n_seeds"]

    @property
    def stopped(self):
        """The last good epoch of each seed that has diverged, by its place 0 .. S - 1."""
        return self.state["stopped"]

    @property
    def excess(self):
        """Excess error of a flow at its K snapshots, (K, S); NaN for a seed from its divergence on."""
        excess = self.snapshots["excess"].numpy().copy()
        for seed, epoch in self.stopped.items():
            excess[self.snapshots["epoch"].numpy() > epoch, seed] = np.nan
        return excess

    @property
    def trouble(self):
        """Which seeds diverged, in words; "" if none."""
        if not self.stopped:
            return ""
        first = self.config["seed"]
        each = [f"of seed {first + i} at epoch {epoch + 1}" for i, epoch in sorted(self.stopped.items())]
        return f"the loss {', '.join(each)} is no longer a number; try a smaller --lr"


def recipe(name):
    """The training module of a model (training.train_fm); a variant (vae_beta) shares its family's."""
    return import_module(f"training.train_{name.partition('_')[0]}")


def build(config, generators):
    """A fresh model of a run's settings; its weights are drawn from the generators, one a seed."""
    options = recipe(config["model"]).options(config)
    return model_class(config["model"])(config["dim"], config["hidden"], generators, **options)


def train(config, device="cpu", report=lambda *progress: None, start=None, keep=None, save_every=3.0):
    """Train all seeds of one model: a Run.

    report(epoch, epochs, words) is called after every epoch, and may raise Stopped; start: a Run that is an earlier
    part of the same computation; keep(run) is called every `save_every` seconds, and when report stops, with the run
    so far.
    """
    training = _Training(config, device, start)
    try:
        training.go(report, keep, save_every)
    except Stopped:
        if keep:
            keep(training.run())
        raise
    return training.run()


class _Training:
    """A trainer, and what it has recorded so far."""

    def __init__(self, config, device, start):
        self.config, epochs = config, config["epochs"]
        generators = [torch.Generator(device).manual_seed(config["seed"] + i) for i in range(config["n_seeds"])]
        model = build(config, generators).to(device)
        seeds = range(config["seed"], config["seed"] + config["n_seeds"])
        self.data = torch.tensor(samples(target(config["dataset"]), config["n_samples"], seeds), dtype=torch.float32)
        points = torch.tensor(noise(N_NOISE, config["dim"], np.random.default_rng(0)), dtype=torch.float32)
        self.noise, self.points = points, points.to(device).expand(len(self.data), -1, -1)
        optimiser = config["lr"], config["batch_size"], config["adaptive_power"]
        self.trainer = Trainer(model, self.data.to(device), generators, *optimiser)
        self.probe = FieldProbe(config["dataset"], device) if hasattr(model, "velocity") else None
        self.shots, self.seconds = [], 0.0
        if start:
            self.trainer.restore(start.state)
            self.seconds = start.seconds
            shots = [
                dict(zip(start.snapshots, shot, strict=True)) for shot in zip(*start.snapshots.values(), strict=True)
            ]
            self.shots = [s for s in shots if self._is_due(int(s["epoch"]), epochs) or not self.trainer.running]

    def _is_due(self, epoch, epochs):
        return epoch % self.config["viz_freq"] == 0 or epoch == epochs

    def go(self, report, keep, save_every):
        """To the last epoch, or until every seed has diverged."""
        trainer, epochs = self.trainer, self.config["epochs"]
        begun, kept = time.perf_counter() - self.seconds, time.monotonic()
        for epoch in range(len(trainer.losses) + 1, epochs + 1):
            if not trainer.running:
                break
            trainer.epoch()
            if self._is_due(epoch, epochs) or not trainer.running:
                self.shots.append(self._snapshot(epoch))
            self.seconds = time.perf_counter() - begun
            if keep and time.monotonic() - kept >= save_every:
                keep(self.run())
                kept = time.monotonic()
            report(epoch, epochs, f"loss {trainer.losses[-1].nanmean():.4g}")

    def _snapshot(self, epoch):
        model, trainer = self.trainer.averaged, self.trainer
        with torch.no_grad():
            shot = recipe(self.config["model"]).record(model, self.points, trainer.data)
            shot["weights"] = first_weights(model).half()
            if self.probe:
                shot["excess"] = self.probe(model, len(trainer.data))
        return {"epoch": torch.tensor(epoch), **{name: value.cpu() for name, value in shot.items()}}

    def run(self):
        """The run so far."""
        state, names = self.trainer.state(), self.shots[0] if self.shots else ()
        return Run(
            config=self.config,
            model=self.trainer.averaged,
            data=self.data,
            noise=self.noise,
            history={"loss": state["losses"]},
            snapshots={name: torch.stack([shot[name] for shot in self.shots]) for name in names},
            seconds=self.seconds,
            state=state,
        )


def save(run, path):
    """Write a run as one file, by a temporary name and a rename."""
    content = {name: value for name, value in vars(run).items() if name != "model"}
    content["config"] = plain_settings(run.config)
    shown = {name: value for name, value in content.items() if name not in ("seconds", "state")}
    parts = [shown, run.state["average"], run.stopped]
    checkpoint.write(content, path, key_of(checkpoint.digest(parts)))


def load(path):
    """The Run in a file, on the CPU. Raises BadRun where the file is damaged, foreign, or not what its name says."""
    content = checkpoint.read(path)
    try:
        config = content["config"] | {"dataset": restored(content["config"]["dataset"])}
        model = build(config, [torch.Generator() for _ in range(config["n_seeds"])]).requires_grad_(False)
        flatten(model).copy_(content["state"]["average"])
        run = Run(model=model, **(content | {"config": config}))
        whose = run_file(path.parent, config["model"], config["dim"], path.name.rpartition("_")[2])
    except Exception as error:  # whatever else a foreign file makes of the model
        raise BadRun(f"{path} is not a run of Gen_Study ({type(error).__name__}); {MOVE}, or use --restart") from None
    if "fingerprint" in config:
        raise BadRun(f"{path} was saved by an earlier version, without its points; {MOVE}, or use --restart")
    if path.name.endswith(ENDINGS) and path.name != whose.name:
        raise BadRun(f"{path} holds a run of {config['model']} in {config['dim']}D; {MOVE}, or use --restart")
    return run


@lru_cache(maxsize=8)
def _reread(key, path):
    return load(path)


def reread(path):
    """load(path), which a process does once per content: many pages show the same runs. Not to be changed."""
    return _reread(content_key(path), path)


def obtain(path, config, name, dim, given=None, report=lambda *progress: None):
    """The saved run where it is the one asked for, else a new one, trained and saved: (run, notes for the user).

    A run that was broken off goes on, and so does a finished one that is the beginning of the one asked for.
    given: names of the settings that must agree; None: all of them.
    """
    settings, notes, start = config.run_settings(name, dim), [], None
    unfinished = path.with_name(path.name.replace(*ENDINGS))
    if config.restart:
        refuse_foreign(path)
        remove(unfinished)
    elif path.exists():
        saved = load(path)
        asked = settings if given is None else {key: settings[key] for key in given if key in settings}
        differ = _differ(saved, asked)
        if not differ and saved.finished:
            return saved, notes
        if goes_on(saved, settings):
            start = saved
        else:
            words = ", ".join(_change(key, saved.config.get(key), value) for key, value in differ.items())
            notes.append(f"{path.name} had other settings ({words}): retrained, in its place")
    refuse_foreign(path, unfinished)
    if unfinished.exists():
        start, notes = _further(start, unfinished, settings, notes)
    if start:
        notes.append(f"went on from epoch {len(start.history['loss'])}")
    run = train(settings, device_of(config.device), report, start, lambda run: save(run, unfinished), config.save_every)
    save(run, unfinished)
    refuse_foreign(path)  # training takes time
    unfinished.replace(path)  # one act: a kill leaves either the one or the other
    return run, notes


def _differ(run, settings):
    """The settings in which a run differs."""
    return {key: value for key, value in settings.items() if run.config.get(key) != value}


def _change(key, before, after):
    """How a setting differs, in words; of two datasets with one name the content does."""
    return f"{key} {before} has changed" if str(before) == str(after) else f"{key} {before} -> {after}"


def goes_on(run, settings):
    """Whether a run is the beginning of the one with these settings: the same but for the number of epochs."""
    same = run.config | {"epochs": settings["epochs"]} == settings
    return same and len(run.history["loss"]) <= settings["epochs"]


def _further(start, unfinished, settings, notes):
    """(The unfinished run in a file if it is further than `start`, notes). BadRun if it is damaged."""
    run = load(unfinished)
    if not goes_on(run, settings):
        words = ", ".join(_change(key, run.config.get(key), value) for key, value in _differ(run, settings).items())
        epochs = len(run.history["loss"])
        return start, [*notes, f"{unfinished.name}, {epochs} epochs with other settings ({words}), is replaced"]
    if start is None or len(run.history["loss"]) > len(start.history["loss"]):
        return run, notes
    return start, notes


def device_of(choice):
    """The torch device of --device: auto takes a CUDA device where there is one."""
    return choice if choice != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
