"""All measures of a run, next to their floors."""

from functools import lru_cache

import numpy as np
import torch

from evaluation import metrics
from evaluation.density import log_density
from evaluation.flows import LearntFlow
from evaluation.reference import MAPS, STEPS, Reference, encoding_noise
from models.base import Encoder, Flow, MeanVelocity
from models.calls import on_one_thread
from models.sampling import consistency

BLOCK = 512  # points that a model takes at once: their activations stay in the processor's cache
FEW = (1, 2, 4, 8)  # evaluations of samplers that draw noise: more of them only add noise, also of the exact map
OF_TRANSPORT = {"straightness": 1.0, "path_energy": 0.0}  # of paths; those of the exact flow are in `Reference.floors`


@on_one_thread()
@np.errstate(all="ignore")
@torch.no_grad()
def evaluate(run):
    """All measures of a run in tidy form: one dict per number, with nfe, measure, seed, value and floor.

    nfe is the number of network evaluations behind a sample, 0 if nothing is sampled; floor is the measure's value
    for exact samples, or for the exact flow.
    """
    model, reference = run.model, Reference(run.settings["dataset"])
    parts = [_samples(run, reference)]
    if isinstance(model, Flow):
        parts.append(_flow(run, reference, LearntFlow(model)))
    elif model.exact in MAPS:
        error = metrics.map_error(generate(run, reference.z), reference.end)
        parts.append({(model.steps, "map_error"): error})
    if isinstance(model, Encoder):
        parts.append(_encoder(run, reference))
    if (log_p := log_density(model, reference.x, reference.source)) is not None:
        parts.append({(0, "nll"): -log_p.mean(1)})
    if isinstance(model, MeanVelocity) and model.inverts:
        x = run.data
        back = model.decode(model.encode(x))
        parts.append({(2, "round_trip"): (x - back).square().sum(-1).mean(1).sqrt().numpy()})
    floors = reference.floors | {"final_loss": 0.0 if model.noise_free else model.floor(run.data, reference)}
    if model.exact != "flow":
        floors |= OF_TRANSPORT if model.exact == "transport" else dict.fromkeys(OF_TRANSPORT, np.nan)
    if run.settings["w2_points"]:
        floors |= dict.fromkeys(("w2", "w2_with_noise"), reference.w2_floor(run.settings["w2_points"]))
    if isinstance(model, Flow) and model.sampler == "renoising":
        floors |= {("sliced_w2", n): sampled_floor(reference, n, model.renoise_until) for n in FEW[1:]}
    return [
        {
            "nfe": nfe,
            "measure": name,
            "seed": run.settings["seed"] + i,
            "value": float(value) if i not in run.stopped else np.nan,  # its last good weights are no result
            "floor": float(floors.get((name, nfe), floors.get(name, 0.0))),
        }
        for part in parts
        for (nfe, name), each in part.items()
        for i, value in enumerate(each)
    ]


def generate(run, z):
    """The model's own samples from noise z (N, D): (S, N, D) in float64."""
    noise = torch.as_tensor(z, dtype=torch.float32).expand(run.settings["n_seeds"], -1, -1)
    blocks = noise.split(BLOCK, 1)
    return torch.cat([run.model.generate(block) for block in blocks], 1).numpy().astype(float)


def reference_sample(run, reference):
    """The sample to which W2 of a run is measured."""
    n = run.settings["w2_points"]
    return reference.samples(n) if n else reference.sample


def _finite(measure, samples, *others):
    """The measure for each seed's samples; NaN if they are not finite."""
    return [measure(x, *others) if np.isfinite(x).all() else np.nan for x in samples]


def _samples(run, reference):
    """How far the samples are from the target, for every model."""
    nfe = run.model.steps
    sample = reference_sample(run, reference)
    many, some = generate(run, reference.noise(len(sample))), generate(run, reference.z)
    measures = {
        (0, "final_loss"): run.final_loss.numpy(),
        (nfe, "w2"): _finite(metrics.w2_between, many, sample),
        (nfe, "energy_distance"): _finite(metrics.energy_distance, some, reference.x),
        (nfe, "mmd"): _finite(metrics.mmd, some, reference.x),
    }
    if not isinstance(run.model, Encoder):
        measures[nfe, "transport_cost"] = np.square(some - reference.z).sum(-1).mean(1)
    if not isinstance(run.model, Flow):  # for flows `_flow` measures it for every number of evaluations
        measures[nfe, "sliced_w2"] = metrics.sliced_w2(generate(run, run.noise), reference.target)
    if len(reference.target.weights) <= 8:
        masses = np.array([metrics.mode_masses(x, reference.target) for x in some])
        measures |= {(nfe, f"mass_{k}"): masses[:, k] for k in range(masses.shape[1])}
        measures[nfe, "worst_mass"] = np.abs(masses - reference.target.weights).max(1)
    return measures


def _flow(run, reference, flow):
    """The density and paths of a flow; if it learns the exact one, also its field, maps and average velocities."""
    energy, displacement = metrics.path_energy(flow, reference.noise(128))
    kind, measures = run.model.exact, {}
    if kind:
        measures[0, "excess_error"] = metrics.excess_error(flow, *reference.field(kind))
        measures |= _map_errors(run.model, flow, reference)
    measures[0, "straightness"] = energy / displacement
    measures[0, "path_energy"] = metrics.normalised_path_energy(energy, reference.squared_w2)
    z = metrics.spread(flow, run.noise)
    for steps in sorted({*STEPS, run.model.steps}):
        if run.model.sampler != "renoising" or steps in FEW:
            measures[steps, "sliced_w2"] = metrics.sliced_w2(flow.sample(z, steps), reference.target)
        if isinstance(run.model, MeanVelocity):
            measures[steps, "ode_sliced_w2"] = metrics.sliced_w2(flow.ode_sample(z, steps), reference.target)
    if kind and isinstance(run.model, MeanVelocity):
        jumps = reference.jumps(run.model.to_data_only, kind)
        measures[1, "average_velocity_error"] = metrics.average_velocity_error(flow, *jumps)
    return measures


@lru_cache(maxsize=32)
def sampled_floor(reference, steps, until):
    """Sliced W2 after so many consistency steps of the exact map, with the noise that a model's sampler draws."""
    z = torch.tensor(reference.followed())[None]
    end = consistency(ExactJumps(reference, until), z, steps, torch.Generator().manual_seed(0))[-1]
    return float(metrics.sliced_w2(end.numpy(), reference.target)[0])


class ExactJumps:
    """The exact flow map, for the samplers."""

    noise_time, data_time = 0.0, 1.0

    def __init__(self, reference, renoise_until):
        self.exact, self.source, self.renoise_until = reference.exact, reference.source, renoise_until

    def jump(self, x, t, r):
        return torch.from_numpy(self.exact.flow_map(x[0].numpy(), t, r))[None]


def _map_errors(model, flow, reference):
    """Distances to the exact map after 1 and 128 evaluations; consistency steps draw noise and so have no map."""
    z, errors = metrics.spread(flow, reference.z), {}
    for steps in (1, 128) if model.sampler != "renoising" else (1,):
        errors[steps, "map_error"] = metrics.map_error(flow.sample(z, steps), reference.end)
    if isinstance(model, MeanVelocity):
        errors[128, "ode_map_error"] = metrics.map_error(flow.ode_sample(z, 128), reference.end)
    return errors


def _encoder(run, reference):
    """Reconstruction, and how the latent of the training data compares with the prior."""
    x, model = run.data, run.model
    latent, _, error = round_trip(model, x)
    measures = {
        (0, "reconstruction_error"): error.numpy(),
        (0, "latent_w2"): metrics.sliced_w2(latent.numpy(), reference.exact.source),
    }
    if (kl := model.kl(x)) is not None:
        measures[0, "kl"] = kl.mean(1).numpy()
    if model.likelihood_variance is not None:
        sample = reference_sample(run, reference)
        noisy = with_decoder_noise(generate(run, reference.noise(len(sample))), model.likelihood_variance)
        measures[model.steps, "w2_with_noise"] = _finite(metrics.w2_between, noisy, sample)
    return measures


def round_trip(model, x):
    """What an encoder makes of data x (S, N, D): latents, reconstructions, and the mean squared error (S,)."""
    noise = torch.as_tensor(encoding_noise(x.shape[2], x.shape[1]), dtype=torch.float32, device=x.device)
    latent = model.encode(x, noise.expand_as(x))
    reconstruction = model.decode(latent)
    return latent, reconstruction, (x - reconstruction).square().sum(-1).mean(1)


def with_decoder_noise(means, variance):
    """Samples (S, N, D) of p(x | z) = N(mean, variance I): what a VAE's density describes; alone its means are not."""
    return means + np.sqrt(variance) * np.random.default_rng(8).standard_normal(means.shape[1:])
