"""Sentences computed from the numbers, so that none can contradict its picture.

results: what `summary.results` gives for one dimension and dataset: a Result per model.
"""

from evaluation.labels import evaluations, number, plus_minus
from models import MODELS, model_class
from models.base import Encoder, Flow

CLOSE = 0.05  # relative difference that counts as equal
MASS = 0.02  # error of a mode's mass that is worth mentioning
MANY = 128  # evaluations that one is compared with


def captions(results):
    """Every sentence that the results allow."""
    results = sound(results)
    return [sentence for maker in (*FIRST, modes, flows) for sentence in maker(results)]


def telling(results, most=5):
    """The most telling sentences, for a picture: what is missing, and the first of each kind."""
    good = sound(results)
    found = [sentence for maker in FIRST for sentence in list(maker(good))[:1]]
    return [*failures(results), *found, *modes(good)][:most]


def sound(results):
    """The results without the models whose seeds all diverged."""
    return [result for result in results if len(result.lost) < result.seeds]


def failures(results):
    """What is missing."""
    for result in results:
        if len(result.lost) == result.seeds:
            yield f"{result.title}: every seed diverged, so there are no results."
        elif result.lost:
            seeds = [str(seed) for seed in result.lost]
            which = f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {', '.join(seeds)}"
            yield f"{result.title}: {which} of {result.seeds} diverged; the results are those of the others."


def best(results):
    """Which model's samples are closest to the data, and which one's if a sample may take one evaluation."""
    if len(results) < 2:
        return
    first, *rest = sorted(results, key=lambda result: result.mean("w2"))
    floor = f"exact samples {number(first.floor('w2'))}"
    yield f"Closest to the data: {first.title}, W2 {_value(first, 'w2')} ({floor}) with {evaluations(first.steps)}."
    if first.steps > 1 and (quick := next((result for result in rest if result.steps == 1), None)):
        yield f"Closest with one evaluation: {quick.title}, W2 {_value(quick, 'w2')} ({floor})."


def _value(result, measure):
    return plus_minus(*result[measure][:2])


def collapse(results):
    """For models whose best answer is the mean of the data: their loss against the variance of the data."""
    for result in results:
        if model_class(result.name).exact != "mean":
            continue
        loss, variance = result.mean("final_loss"), result.floor("final_loss")
        ratio = loss / variance
        if abs(ratio - 1) < CLOSE:
            why = (
                "so it is as good as the constant E[x]: z says nothing about its random partner x, and the mean is best"
            )
        elif ratio > 1:
            why = "so it is worse than the constant E[x]: it has not yet found even the mean"
        else:
            why = "less than any function of z can reach on fresh pairs: it has learnt its pairs by heart"
        times = f"{ratio:.2f} times the variance of its data, {number(variance)}"
        yield f"{result.title}: its loss {number(loss)} is {times}, {why}."


def autoencoders(results):
    """For encoders that nothing ties to the prior: where decoded prior samples land."""
    for result in results:
        if not issubclass(model_class(result.name), Encoder) or "kl" in result:
            continue
        error, latent, w2 = (result.mean(name) for name in ("reconstruction_error", "latent_w2", "w2"))
        latent_floor, floor = result.floor("latent_w2"), result.floor("w2")
        trip = "reconstructs almost perfectly" if error < 0.01 else "does not reconstruct well"
        fits, lands = latent < 0.2 + latent_floor, w2 < 2 * floor + 0.1
        prior = "its latent follows the prior" if fits else "its latent does not follow the prior"
        samples = "decoded prior samples land where the data are" if lands else "decoded prior samples miss the data"
        yield (
            f"{result.title}: it {trip} (squared error {number(error)}), {prior} (sliced W2 {number(latent)}) "
            f"{'and' if fits == lands else 'but'} {samples} (W2 {number(w2)}, exact samples {number(floor)})."
        )


def variants(results):
    """What a variant of an encoder with a KL term (vae_beta of vae) cost and gained."""
    named = {result.name: result for result in results}
    for variant in MODELS:
        one, other = named.get(variant.rpartition("_")[0]), named.get(variant)
        if not (one and other and "kl" in one and "kl" in other):
            continue
        moved = [
            _moved(words, one.mean(name), other.mean(name))
            for words, name in (
                ("reconstruction error", "reconstruction_error"),
                ("KL", "kl"),
                ("W2 of the samples", "w2"),
            )
        ]
        collapse = " The posterior has collapsed: ẑ says nothing about x." if other.mean("kl") < 0.01 else ""
        yield f"{other.title}, compared with {one.title}, {moved[0]}, {moved[1]}, and {moved[2]}.{collapse}"


def _moved(what, before, after):
    if abs(after - before) <= CLOSE * max(abs(before), abs(after)):
        return f"left the {what} at {number(after)}"
    return f"{'raised' if after > before else 'lowered'} the {what} from {number(before)} to {number(after)}"


def modes(results):
    """Which models fill the modes as they should, and which mode each of the others fills too much or too little."""
    right, wrong = [], []
    for result in results:
        off = [
            f"{result.mean(mass):.2f} instead of {result.floor(mass):.2f} in mode {mass.removeprefix('mass_')}"
            for mass in result.masses
            if abs(result.mean(mass) - result.floor(mass)) > MASS
        ]
        if off:
            wrong.append(f"{result.title} has a mass of {', '.join(off[:2])}{' and others' if len(off) > 2 else ''}")
        elif result.masses:
            right.append(result.title)
    if right:
        yield f"Every mode has the right mass, to within {MASS:g}: {', '.join(right)}."
    yield from (f"{words}." for words in wrong)


def flows(results):
    """How far from exact one evaluation is, next to many."""
    for result in results:
        one, many = (result.numbers.get(("sliced_w2", n)) for n in (1, MANY))
        if not (one and many and issubclass(model_class(result.name), Flow)):
            continue
        ratio = one[0] / many[0]
        if ratio > 1 + CLOSE:
            comparison = f"one evaluation is {ratio:.1f} times as far from the data as {MANY}"
        elif ratio < 1 - CLOSE:
            comparison = f"one evaluation is closer to the data than {MANY}, which are {1 / ratio:.1f} times as far"
        else:
            comparison = f"one evaluation is as good as {MANY}"
        pair = f"{number(one[0])} and {number(many[0])}"
        yield f"{result.title}: {comparison} (sliced W2 {pair}, exact samples {number(one[2])})."


FIRST = (best, collapse, variants, autoencoders)  # what a picture with room for five sentences says
