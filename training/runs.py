"""Runs: one model trained on one dataset, what was recorded of it, and its file."""

import copy
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from data import Failure
from data.points import restored
from data.synthetic import samples, source, target
from evaluation.labels import number
from evaluation.reference import Reference
from models import model_class
from models.base_mlp import MLP
from models.calls import on_one_thread
from models.source import own_settings
from training import Stopped, checkpoint
from training.checkpoint import MOVE, BadRun
from training.settings import is_snapshot, key_of, plain_settings, run_file
from training.snapshots import Recorder
from training.teacher import taught_again, taught_by, taught_by_the_law, teacher_settings
from training.trainer import Trainer, flatten

ENDINGS = ("_model.pt", "_progress.pt")  # of the file of a finished run, and of an unfinished one


@dataclass
class Run:
    """A run, finished or not.

    settings: what decided it, see `training.settings.settings`; model: with the averaged weights, for S seeds;
    data: (S, n, D) samples; noise: (256, D) points of N(0, I) that snapshots follow; history: {"loss": (E, S)};
    snapshots: name -> (K, ...) recorded at K epochs, see `snapshots.Recorder`; measures: {"rows": ...} once it is
    evaluated; seconds: training time; state: the trainer's, to resume from.
    """

    settings: dict
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
        """Mean loss of the last epoch, (S,); NaN if there was none, and for diverged seeds."""
        losses = self.history["loss"]
        return losses[-1] if len(losses) else losses.new_full((self.settings["n_seeds"],), float("nan"))

    @property
    def finished(self):
        """Whether it has reached its last epoch, or every seed has diverged."""
        return len(self.history["loss"]) >= self.settings["epochs"] or len(self.stopped) == self.settings["n_seeds"]

    @property
    def stopped(self):
        """{place 0 .. S - 1 of a diverged seed: its last good epoch}."""
        return self.state["stopped"]

    @property
    def trouble(self):
        """Which seeds diverged, as text; "" if none."""
        if not self.stopped:
            return ""
        first = self.settings["seed"]
        each = [f"of seed {first + i} at epoch {epoch + 1}" for i, epoch in sorted(self.stopped.items())]
        return f"the loss {', '.join(each)} became NaN or infinite; try a smaller --lr"

    def recorded(self, name):
        """A measure (K, S) of the snapshots; NaN for a seed after it diverged."""
        values = self.snapshots[name].numpy().copy()
        for seed, epoch in self.stopped.items():
            values[self.snapshots["epoch"].numpy() > epoch, seed] = np.nan
        return values


def build(settings, generators):
    """A fresh model of a run's settings; its weights are drawn from the generators, one per seed."""
    own = {name: settings[name] for name in own_settings(settings["model"])}
    chosen = {name: own.pop(name) for name in ("target", "coupling") if name in own}
    model = model_class(settings["model"])(settings["dim"], settings["hidden"], generators, **own)
    for net in model.modules():
        if isinstance(net, MLP):
            net.activation = settings["activation"]
    model.law, model.target = target(settings["dataset"]), chosen.get("target", model.target)
    model.source = source(settings["dataset"])
    if "coupling" in chosen:
        model.couple(chosen["coupling"])
    return model


@on_one_thread()
def train(settings, device="cpu", report=lambda *progress: None, start=None, keep=None, save_every=3.0):
    """Train all seeds of one model: a Run. settings: see `training.settings.settings`.

    report(epoch, epochs, note) is called after every epoch, and may raise Stopped; start: a Run to resume, an earlier
    part of the same computation; keep(run) is called with the run so far, every `save_every` seconds and if report
    raises Stopped.
    """
    teacher, report = _taught(settings, device, report, start)
    training = _Training(settings, device, start, teacher)
    try:
        training.go(report, keep, save_every)
    except Stopped:
        if keep:
            keep(training.run())
        raise
    return training.run()


def _taught(settings, device, report, start):
    """(What makes the pairs of a model that has a teacher, else None; how to report the epochs after the teacher's)."""
    kind, teacher_epochs = settings.get("teacher"), settings["epochs"]
    if kind != "learnt":
        return (taught_by_the_law(settings["dataset"], device) if kind else None), report
    if start and "taught" in start.state:
        return taught_again(start.state["taught"], settings["dataset"], device), report

    def before(epoch, epochs, note):
        report(epoch, 2 * epochs, f"teacher: {note}")

    def after(epoch, epochs, note):
        report(teacher_epochs + epoch, teacher_epochs + epochs, note)

    base = _Training(teacher_settings(settings), device, None)
    base.go(before, None, 0)
    return taught_by(base.trainer.averaged, settings["dataset"], device), after


@torch.no_grad()
def _check_shapes(model, x, z):
    """Raises Failure if a model does not keep the contract's shapes: its saved run would break every page."""
    times = model.sample_times((x.shape[1], 1), torch.Generator(x.device).manual_seed(0))
    loss = model.loss(*model.pair(x, z[:, : x.shape[1]]), *(t.expand(len(x), -1, -1) for t in times))
    for name, found, wanted in (("loss", loss, x.shape[:2]), ("generate", model.generate(z), z.shape)):
        if found.shape != wanted:
            raise Failure(f"{name} returns the shape {tuple(found.shape)}, and must return {tuple(wanted)}")


class _Training:
    """A trainer, and what it has recorded so far."""

    def __init__(self, settings, device, start, pairs=None):
        self.settings = settings
        seeds = range(settings["seed"], settings["seed"] + settings["n_seeds"])
        generators = [torch.Generator(device).manual_seed(seed) for seed in seeds]
        model = build(settings, generators).to(device)
        reference = Reference(settings["dataset"])
        data = samples(reference.target, settings["n_samples"], seeds, settings["proportions"] == "exact")
        self.data = torch.tensor(data, dtype=torch.float32)
        points = torch.tensor(reference.followed(), dtype=torch.float32)
        self.noise, self.points = points, points.to(device).expand(len(self.data), -1, -1)
        _check_shapes(model, self.data[:, :2].to(device), self.points)
        optimiser = settings["lr"], settings["batch_size"], settings["adaptive_power"]
        more = {"weight_decay": settings["weight_decay"], "averages": settings["weights"] == "averaged"}
        more |= {"source": reference.source, "pairs": pairs}
        self.trainer = Trainer(model, self.data.to(device), generators, *optimiser, **more)
        self.record, self.taught = Recorder(model, settings, device), {"taught": pairs.followed} if pairs else {}
        self.ends = {"taught": pairs.all_ends} if settings.get("teacher") == "learnt" else {}  # with which to go on
        self.shots, self.seconds = [], 0.0
        if start:
            self.trainer.restore(start.state)
            self.seconds = start.seconds
            names, values = start.snapshots.keys(), start.snapshots.values()
            shots = [dict(zip(names, shot, strict=True)) for shot in zip(*values, strict=True)]
            self.shots = [shot for shot in shots if self._is_due(int(shot["epoch"]))]

    def _is_due(self, epoch):
        """Whether to take a snapshot: see `is_snapshot`, and when every seed has stopped."""
        return is_snapshot(epoch, self.settings["viz_freq"], self.settings["epochs"]) or not self.trainer.running

    def go(self, report, keep, save_every):
        """Train to the last epoch, or until every seed has diverged."""
        trainer, epochs = self.trainer, self.settings["epochs"]
        begun, kept = time.perf_counter() - self.seconds, time.monotonic()
        if not self.shots:
            self._record(0)
        for epoch in range(len(trainer.losses) + 1, epochs + 1):
            if not trainer.running:
                break
            trainer.epoch()
            if self._is_due(epoch):
                self._record(epoch)
            self.seconds = time.perf_counter() - begun
            if keep and time.monotonic() - kept >= save_every:
                keep(self.run())
                kept = time.monotonic()
            report(epoch, epochs, f"epoch {epoch} of {epochs}, loss {number(float(trainer.losses[-1].nanmean()))}")

    def _record(self, epoch):
        shot = self.record(epoch, self.trainer.averaged, self.points, self.trainer.data)
        self.shots.append(shot | self.taught)

    def run(self):
        """The run so far."""
        state, names = self.trainer.state(), self.shots[0] if self.shots else ()
        if len(state["losses"]) < self.settings["epochs"]:
            state |= self.ends
        return Run(
            settings=self.settings,
            model=self.trainer.averaged,
            data=self.data,
            noise=self.noise,
            history={"loss": state["losses"]},
            snapshots={name: torch.stack([shot[name] for shot in self.shots]) for name in names},
            seconds=self.seconds,
            state=state,
        )


def last_weights(run, measure):
    """measure(run) with the weights of the last step in the place of their average."""
    model = copy.deepcopy(run.model)
    flatten(model).copy_(run.state["weights"])
    return measure(replace(run, model=model))


def packed(run):
    """A run as the bytes of its file."""
    content = {name: value for name, value in vars(run).items() if name != "model"}
    content["settings"] = plain_settings(run.settings)
    shown = {name: value for name, value in content.items() if name not in ("seconds", "state")}
    return checkpoint.packed(content, key_of(checkpoint.digest([shown, run.state["average"], run.stopped])))


def load(path):
    """The Run in a file (a str or a Path), on the CPU.

    Raises BadRun if the file is damaged, foreign, or not what its name says.
    """
    path = Path(path)
    content = checkpoint.read(path)
    try:
        settings = content["settings"] | {"dataset": restored(content["settings"]["dataset"])}
        model = build(settings, [torch.Generator() for _ in range(settings["n_seeds"])]).requires_grad_(False)
        flatten(model).copy_(content["state"]["average"])
        run = Run(model=model, **(content | {"settings": settings}))
        whose = run_file(path.parent, settings["model"], settings["dim"], path.name.rpartition("_")[2])
    except Exception as error:  # whatever a foreign file makes the model raise
        raise BadRun(f"{path} is not a run of Gen_Study ({type(error).__name__}); {MOVE}, or use --restart") from None
    if path.name.endswith(ENDINGS) and path.name != whose.name:
        raise BadRun(f"{path} holds a run of {settings['model']} in {settings['dim']}D; {MOVE}, or use --restart")
    return run
