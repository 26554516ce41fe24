"""What is measured of which model: a run sits the exam of its dataset."""

import numpy as np
import torch

from evaluation import metrics
from evaluation.exam import STEPS, Exam
from evaluation.flows import LearntFlow
from evaluation.seeds import over_seeds
from training.runs import save

BLOCK = 512  # points that a model takes at once: their activations stay in the processor's cache


def measure(run, path):
    """The rows of a run; measured once and kept in its file."""
    if "rows" not in run.measures:
        run.measures["rows"] = rows_of(run, Exam(run.config["dataset"]))
        save(run, path)
    return run.measures["rows"]


def summary(rows):
    """{(measure, nfe): (mean, standard deviation, floor)} of the seeds that did not diverge.

    The model's own number of steps is also under nfe None.
    """
    own = next((row["nfe"] for row in rows if row["measure"] == "w2"), 1)
    numbers = {}
    for key in dict.fromkeys((row["measure"], row["nfe"]) for row in rows):
        each = [(row["value"], row["floor"]) for row in rows if (row["measure"], row["nfe"]) == key]
        value, floor = np.array(each).T
        numbers[key] = numbers_of = *map(float, over_seeds(value)), floor[0]
        if key[1] in (0, own):
            numbers[key[0], None] = numbers_of
    return numbers


def diverged(rows):
    """(The seeds of a run that have no numbers because they diverged, the number of its seeds)."""
    w2 = {row["seed"]: row["value"] for row in rows if row["measure"] == "w2"}
    return [seed for seed, value in w2.items() if not np.isfinite(value)], len(w2)


def means(numbers):
    """A summary without its standard deviations, as captions take it: {key: (mean, floor)}."""
    return {key: (mean, floor) for key, (mean, _, floor) in numbers.items()}


def summary_of(run):
    """The summary of a measured run."""
    return summary(run.measures["rows"])


def values(rows, name):
    """The values of one measure, one a seed: (S,)."""
    return np.array([row["value"] for row in rows if row["measure"] == name])


@np.errstate(all="ignore")
@torch.no_grad()
def rows_of(run, exam):
    """All measures of a run, tidy: a dict with nfe, measure, seed, value and floor for every number.

    nfe is the number of network evaluations behind a sample, 0 where nothing is sampled; floor is the measure's value
    for exact samples, or for the exact flow.
    """
    flow = hasattr(run.model, "velocity")
    parts = [_samples(run, exam)]
    if flow:
        parts.append(_flow(run, exam, LearntFlow(run.model)))
    if hasattr(run.model, "posterior") or (not flow and hasattr(run.model, "encode")):
        parts.append(_encoder(run, exam))
    if flow and hasattr(run.model, "encode"):
        x = run.data
        back = run.model.decode(run.model.encode(x))
        parts.append({(2, "round_trip"): (x - back).square().sum(-1).mean(1).sqrt().numpy()})
    floors = exam.floors | {"final_loss": _loss_floor(run, exam)}
    return [
        {
            "nfe": nfe,
            "measure": name,
            "seed": run.config["seed"] + i,
            "value": float(value) if i not in run.stopped else np.nan,  # its last good weights are not an answer
            "floor": float(floors.get(name, 0.0)),
        }
        for part in parts
        for (nfe, name), each in part.items()
        for i, value in enumerate(each)
    ]


def _loss_floor(run, exam):
    """The least possible loss where it is known: of the decoder that of a constant on its training data; else NaN."""
    if run.config["model"] == "decoder":
        return run.data.var(1, unbiased=False).sum(-1).mean()
    return exam.flow_matching_floor if run.config["model"] == "fm" else np.nan


def generate(run, z):
    """The model's own samples from noise z (N, D): (S, N, D) in float64."""
    noise = torch.as_tensor(z, dtype=torch.float32).expand(run.config["n_seeds"], -1, -1)
    blocks = noise.split(BLOCK, 1)
    return torch.cat([run.model.generate(block) for block in blocks], 1).numpy().astype(float)


def _finite(measure, samples, *others):
    """measure of each seed's samples; NaN for a seed whose samples are not numbers."""
    return [measure(x, *others) if np.isfinite(x).all() else np.nan for x in samples]


def _samples(run, exam):
    """How far the samples are from the target, for every model."""
    nfe = getattr(run.model, "steps", 1)
    many, some = generate(run, exam.noise(len(exam.reference))), generate(run, exam.z)
    found = {
        (0, "final_loss"): run.final_loss.numpy(),
        (nfe, "w2"): _finite(metrics.w2_between, many, exam.reference),
        (nfe, "energy_distance"): _finite(metrics.energy_distance, some, exam.x),
        (nfe, "mmd"): _finite(metrics.mmd, some, exam.x),
    }
    if not hasattr(run.model, "velocity"):  # of a flow it follows for every number of steps
        found[nfe, "sliced_w2"] = metrics.w2(some, exam.target)
    if len(exam.target.weights) <= 8:
        masses = np.array([metrics.mode_masses(x, exam.target) for x in some])
        found |= {(nfe, f"mass_{k}"): masses[:, k] for k in range(masses.shape[1])}
        found[nfe, "worst_mass"] = np.abs(masses - exam.target.weights).max(1)
    return found


def _flow(run, exam, flow):
    """The field, the maps and the density of a flow."""
    energy, displacement = metrics.path_energy(flow, exam.noise(128))
    found = {
        (0, "field_error"): metrics.field_error(flow, *exam.field),
        (1, "map_error"): metrics.map_error(flow, exam.z, 1, exam.end),
        (128, "map_error"): metrics.map_error(flow, exam.z, 128, exam.end),
        (0, "straightness"): energy / displacement,
        (0, "path_energy"): metrics.normalised_path_energy(energy, exam.squared_w2),
    }
    with torch.enable_grad():
        found[0, "nll"] = metrics.negative_log_likelihood(flow, exam.x)
    for steps in sorted({*STEPS, run.model.steps}):
        samples = flow.sample(metrics.spread(flow, exam.z), steps)
        found[steps, "sliced_w2"] = metrics.w2(samples, exam.target)
    if hasattr(run.model, "jump"):
        questions = exam.jumps(to_data_only=run.config["model"] == "facm")
        found[1, "average_velocity_error"] = metrics.average_velocity_error(flow, *questions)
    return found


def _encoder(run, exam):
    """Reconstruction, and how the latent of the training data compares with the prior."""
    x, model = run.data, run.model
    z = torch.as_tensor(exam.noise(x.shape[1]), dtype=torch.float32)[torch.randperm(x.shape[1], generator=_fixed())]
    latent = model.encode(x, z) if hasattr(model, "posterior") else model.encode(x)
    found = {
        (0, "reconstruction_error"): (x - model.decode(latent)).square().sum(-1).mean(1).numpy(),
        (0, "latent_w2"): metrics.w2(latent.numpy(), exam.exact.source),
    }
    if hasattr(model, "posterior"):
        found[0, "kl"] = model.kl(x).mean(1).numpy()

        def decode(z):
            latents = torch.as_tensor(z, dtype=torch.float32).expand(len(x), -1, -1)
            return model.decode(latents).numpy().astype(float)

        found[0, "nll"] = metrics.decoder_negative_log_likelihood(decode, exam.x, model.likelihood_variance)
    return found


def _fixed():
    return torch.Generator().manual_seed(0)
