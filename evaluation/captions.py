"""Sentences computed from the numbers, so that none can contradict its picture.

results: {model name: {(measure, nfe): (mean, floor)}} for one dimension and dataset; nfe None is the model's own.
"""

import math

from models import MODELS, model_class
from models.base import Encoder

CLOSE = 0.05  # relative difference that counts as equal
MASS = 0.02  # error of a mode's mass that is worth mentioning


def captions(results):
    """Every sentence that the results allow, in the order of the models."""
    makers, results = (collapse, autoencoders, variants, modes, steps), sound(results)
    return [sentence for make in makers for sentence in make(results)]


def sound(results):
    """The results without the models whose seeds all diverged."""
    return {name: numbers for name, numbers in results.items() if math.isfinite(numbers["final_loss", None][0])}


def failures(diverged):
    """What is missing. diverged: {model name: (seeds that diverged, number of seeds)}."""
    for name, (seeds, n) in diverged.items():
        if len(seeds) == n:
            yield f"{name}: every seed diverged, so there are no results."
        elif seeds:
            which = f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {', '.join(map(str, seeds))}"
            yield f"{name}: {which} of {n} diverged; the results are those of the others."


def collapse(results):
    """For models whose best answer is the mean of the data: their loss against the variance of the data."""
    for name, numbers in results.items():
        if model_class(name).exact != "mean":
            continue
        loss, variance = numbers["final_loss", None]
        ratio = loss / variance
        if abs(ratio - 1) < CLOSE:
            why = "as much as the constant E[x] would: z says nothing about its random partner, so the mean is best"
        elif ratio > 1:
            why = "more than the constant E[x] would: it has not yet found even the mean"
        else:
            why = "less than any function of z alone can on fresh pairs: it has learnt its pairs by heart"
        title = model_class(name).title
        yield f"{title}: its loss {loss:.3g} is {ratio:.2f} times Var(x) = {variance:.3g} of its data, {why}."


def autoencoders(results):
    """For encoders that nothing ties to the prior: where decoded prior samples land."""
    for name, numbers in results.items():
        if not issubclass(model_class(name), Encoder) or ("kl", None) in numbers:
            continue
        error, latent = numbers["reconstruction_error", None][0], numbers["latent_w2", None]
        w2, floor = numbers["w2", None]
        trip = "reconstructs almost perfectly" if error < 0.01 else "does not reconstruct well"
        fits, lands = latent[0] < 0.2 + latent[1], w2 < 2 * floor + 0.1
        prior = "its latent follows the prior" if fits else "its latent does not follow the prior"
        samples = "decoded prior samples land where the data are" if lands else "decoded prior samples miss the data"
        yield (
            f"{model_class(name).title}: it {trip} (error {error:.2g}), {prior} (W2 {latent[0]:.2g}) "
            f"{'and' if fits == lands else 'but'} {samples} (W2 {w2:.3g})."
        )


def variants(results):
    """What a variant of an encoder with a KL term (vae_beta of vae) cost and gained."""
    for variant in MODELS:
        name = variant.rpartition("_")[0]
        both = [results.get(each, {}) for each in (name, variant)]
        if not all(("kl", None) in numbers for numbers in both):
            continue
        (r1, r2), (k1, k2), (w1, w2) = (
            [numbers[key, None][0] for numbers in both] for key in ("reconstruction_error", "kl", "w2")
        )
        collapse = " The posterior has collapsed: z_hat says nothing about x." if k2 < 0.01 else ""
        yield (
            f"{variant}, compared with {name}, {_moved('reconstruction error', r1, r2)}, {_moved('KL', k1, k2)}, and "
            f"{_moved('W2 of the samples', w1, w2)}.{collapse}"
        )


def _moved(what, before, after):
    if abs(after - before) <= CLOSE * max(abs(before), abs(after)):
        return f"left the {what} at {after:.3g}"
    return f"{'raised' if after > before else 'lowered'} the {what} from {before:.3g} to {after:.3g}"


def modes(results):
    """Which mode each model fills too much or too little."""
    for name, numbers in results.items():
        masses = [
            (measure, value) for (measure, nfe), value in numbers.items() if measure.startswith("mass_") and nfe is None
        ]
        wrong = [
            f"mode {measure.removeprefix('mass_')} holds {mass:.2f} instead of {true:.2f}"
            for measure, (mass, true) in masses
            if abs(mass - true) > MASS
        ]
        if wrong:
            yield f"{name}: {', '.join(wrong)}."
        elif masses:
            yield f"{name}: every mode has the right mass to within {MASS:g}."


def steps(results):
    """How many times further from exact one step is than many."""
    for name, numbers in results.items():
        chart = {nfe: value[0] for (measure, nfe), value in numbers.items() if measure == "sliced_w2" and nfe}
        if not {1, 128} <= chart.keys():
            continue
        ratio = chart[1] / chart[128]
        if ratio > 1 + CLOSE:
            comparison = f"one step is {ratio:.1f} times further from exact than 128 steps"
        elif ratio < 1 - CLOSE:
            comparison = f"one step is closer to exact than 128 steps, which are {1 / ratio:.1f} times further from it"
        else:
            comparison = "one step is as good as 128 steps"
        yield f"{name}: {comparison} (sliced W2 {chart[1]:.3g} and {chart[128]:.3g})."
