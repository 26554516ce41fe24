"""Training in the page: its losses, steps, mean pairs and chances, held against the Python side, in the browser."""

import math
import re

import numpy as np
import pytest
import torch
from scipy.stats import ks_2samp

from data.synthetic import samples, target
from evaluation.metrics import sliced_w2
from evaluation.reference import Reference
from models import MODELS, model_class
from models.base_mlp import MLP
from models.coupling import optimal_pairs
from training.snapshots import FieldProbe
from training.targets import Pairs
from training.trainer import Trainer, flatten
from visualization.explorer.build import read, script
from visualization.explorer.payload import mixture

DATASET = {1: "two_gaussians_1d", 2: "two_gaussians"}
HIDDEN, BATCH, BATCHES, STEPS = (8, 12), 12, 10, 200
NAMES = [name for name in MODELS if re.search(rf"^  {name}: \w+,$", read("live/index.js"), re.M)]
OTHERS = ("selu", "tanh", "relu")  # activations besides SiLU


@pytest.fixture
def ask(browser):
    """Runs a function body of JavaScript on `args`, with the page's modules as `live`."""
    browser.get("about:blank")
    browser.execute_script(f"{script('live/worker')}\nwindow.live = module;")
    return lambda code, *args: browser.execute_script(f"const args = [...arguments];\n{code}", *args)


def points(dim, n, seed=0):
    return torch.tensor(samples(target(DATASET[dim]), n, [seed]), dtype=torch.float32)


def learner(name, dim, activation="silu", kind=None, n=BATCH * BATCHES, seed=0, hidden=HIDDEN, **changes):
    """A Trainer of one seed."""
    generators = [torch.Generator().manual_seed(seed)]
    model = model_class(name)(dim, hidden, generators)
    for net in model.modules():
        if isinstance(net, MLP):
            net.activation = activation
    model.law, model.target = target(DATASET[dim]), kind or model.target
    return Trainer(model, points(dim, n, seed), generators, **{"batch_size": BATCH} | changes)


def table(values):
    """A tensor (1, n, D) as the page has it, by feature."""
    return values[0].T.ravel().tolist()


def settings(trainer, name, dim, **changes):
    return {
        "model": name,
        "dim": dim,
        "points": trainer.data.ravel().tolist(),
        "law": mixture(target(DATASET[dim])),
        "target": trainer.model.target,
        "batch": trainer.batch_size,
        "hidden": HIDDEN,
        **changes,
    }


LEARN = """
const { Trainer } = live["live/trainer"], [settings, weights, batches, steps] = args;
const trainer = new Trainer({ ...settings, points: Float32Array.from(settings.points) });
trainer.adam.begin(weights);
const losses = [], first = {};
for (let k = 0; k < steps; k++) {
  const [x, z, ...times] = batches[k % batches.length].map((column) => Float32Array.from(column));
  const error = trainer.learn(...trainer.model.pair(x, z), times);
  losses.push(error.reduce((a, b) => a + b) / error.length);
  if (k > 0) continue;
  for (const [key, value] of Object.entries({ error, gradient: trainer.adam.gradient, weights: trainer.weights }))
    first[key] = [...value];
}
return { first, losses, average: [...trainer.average] };
"""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dim", (1, 2))
def test_steps_are_those_of_pytorch(ask, name, dim):
    """From the same weights, batches and times: the first step to 1e-5, and the losses of 200 steps.

    The losses may differ by float32's rounding, which training amplifies: 0.1 % of their mean at the end is far below
    what another formula would make of it, and far above what was seen.
    """
    kind = "conditional" if dim == 2 else None
    activation = "silu" if dim == 1 else OTHERS[NAMES.index(name) % 3]
    more = {"adaptive_power": 0.5, "weight_decay": 0.1} if dim == 2 else {}
    trainer = learner(name, dim, activation, kind, lr=3e-3, **more)
    start = trainer.weights.tolist()
    batches = list(zip(*(column.split(BATCH, 1) for column in trainer._draw()), strict=True))
    losses, first = [], {}
    for k in range(STEPS):
        error = trainer._step(*batches[k % BATCHES])
        losses.append(error.mean().item())
        if not first:
            first = {"error": error[0].numpy(), "gradient": 10 * trainer.m.numpy(), "weights": trainer.weights.numpy()}
            first = {key: value.copy() for key, value in first.items()}
    own = {"lr": 3e-3, "activation": activation, "p": more.get("adaptive_power", 0)}
    own |= {"weightDecay": more.get("weight_decay", 0)}
    found = ask(LEARN, settings(trainer, name, dim, **own), start, [list(map(table, b)) for b in batches], STEPS)
    largest = np.abs(first["gradient"]).max()
    np.testing.assert_allclose(found["first"]["error"], first["error"], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found["first"]["gradient"], first["gradient"], rtol=1e-3, atol=1e-5 * largest)
    np.testing.assert_allclose(found["first"]["weights"], first["weights"], rtol=0, atol=1e-5)
    np.testing.assert_allclose(found["losses"], losses, rtol=1e-2, atol=1e-3 * np.mean(losses))
    np.testing.assert_allclose(found["average"], trainer.average, rtol=0, atol=2e-3)
    assert np.abs(found["average"] - np.array(start)).max() > 0.02, "it did not learn, so nothing was compared"


def test_what_trains_and_why_not(ask):
    live, why = ask(
        'const { LIVE, whyNot } = live["live/index"]; return [Object.keys(LIVE), args[0].map(whyNot)];', [*MODELS]
    )
    assert live == NAMES and len(NAMES) >= 17
    assert [name for name, reason in zip(MODELS, why, strict=True) if not reason] == NAMES


@pytest.mark.parametrize("dim", (1, 2))
@pytest.mark.parametrize(("kind", "n"), [("marginal", 61), ("marginal", 700), ("exact", 61)])
def test_mean_pairs(ask, dim, kind, n):
    """Of all points, of blocks of many points, and of the law, for the noise levels of two conventions of time."""
    trainer = learner("meanflow", dim, kind=kind, n=n)
    g = torch.Generator().manual_seed(0)
    order, z, t = (
        torch.randperm(n, generator=g)[None],
        torch.randn(1, n, dim, generator=g),
        torch.rand(1, n, 1, generator=g),
    )
    t[0, :3, 0] = torch.tensor([0.0, 1e-3, 1.0])
    exact = Pairs(trainer.model, trainer.data.double())(order, z.double(), t.double())
    x = trainer.data[:, order[0]]
    found = ask(
        """const [settings, ...columns] = args, { Trainer } = live["live/trainer"];
        const trainer = new Trainer({ ...settings, points: Float32Array.from(settings.points) });
        const [x, z, t] = columns.map((column) => Float32Array.from(column));
        return trainer.pairs.means(x, z, [t]).map((table) => [...table]);""",
        settings(trainer, "meanflow", dim),
        *map(table, (x, z, t)),
    )
    for ours, theirs in zip(found, map(table, exact), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=2e-4)  # c of targets.js multiplies float32's rounding
    assert np.abs(np.array(found[0]) - table(x)).max() > 1, "no mean differs from its own point"


TIMES = """
const [names, n] = args, { LIVE } = live["live/index"], { Random } = live["live/random"];
const times = (model) => new model({ dim: 1, ...model.settings }).times(n, new Random(1));
return names.map((name) => times(LIVE[name]).map((t) => [...t]));
"""


def test_times_and_weights_have_the_same_distributions(ask):
    """Each time and each difference of two, whose shares at 0 are those of r = t; and the initial weights."""
    n = 4000
    for name, ours in zip(NAMES, ask(TIMES, NAMES, n), strict=True):
        model = model_class(name)(1, (4,), [torch.Generator().manual_seed(0)])
        theirs = [t.numpy().ravel() for t in model.sample_times((n, 1), torch.Generator().manual_seed(0))]
        assert len(ours) == len(theirs)
        for i in range(len(ours)):
            for j in range(i + 1):
                a, b = (np.array(each[i]) - (np.array(each[j]) if j < i else 0) for each in (ours, theirs))
                assert ks_2samp(a, b).pvalue > 1e-3, (name, i, j)
                assert abs((a == 0).mean() - (b == 0).mean()) < 5 * math.sqrt(0.25 / n), (name, i, j)
    drawn = ask('return [...live["live/mlp"].initial([3, 32, 2], new live["live/random"].Random(3))]')
    theirs = flatten(MLP((3, 32, 2), [torch.Generator().manual_seed(0)])).numpy()
    for layer in (slice(0, 96), slice(96, 160)):
        assert ks_2samp(drawn[layer], theirs[layer]).pvalue > 1e-2
        assert np.abs(drawn[layer]).max() <= (3 if layer.start == 0 else 32) ** -0.5
    assert len(drawn) == len(theirs)
    normal = ask('return [...new live["live/random"].Random(5).normal(4000)]')
    assert ks_2samp(normal, np.random.default_rng(0).standard_normal(4000)).pvalue > 1e-2


@pytest.mark.parametrize("dim", (1, 2))
def test_optimal_pairs(ask, dim):
    g = torch.Generator().manual_seed(0)
    x, z = torch.randn(1, 64, dim, generator=g), torch.randn(1, 64, dim, generator=g) + 1
    found = ask(
        """const [x, z] = args.slice(0, 2).map((a) => Float32Array.from(a));
        return [...live["live/assignment"].optimalPairs(x, z, args[2])];""",
        *(table(x), table(z), dim),
    )
    np.testing.assert_array_equal(np.array(found, dtype=np.float32), np.array(table(optimal_pairs(x, z)), np.float32))


def test_the_source_may_be_another_mixture(ask):
    mean, covariance = [[1.0, -2.0], [5.0, 5.0]], [[[1.0, 0.6], [0.6, 0.8]], [[0.1, 0.0], [0.0, 0.1]]]
    source = {"weights": [0.7, 0.3], "means": mean, "covariances": covariance}
    z = np.array(
        ask('return [...live["live/sources"].noise(args[0], 8000, 2, new (live["live/random"].Random)(1))]', source)
    ).reshape(2, -1)
    first = z.sum(0) < 5
    assert abs(first.mean() - 0.7) < 0.03
    np.testing.assert_allclose(z[:, first].mean(1), mean[0], atol=0.06)
    np.testing.assert_allclose(np.cov(z[:, first]), covariance[0], atol=0.06)


RUN = """
const [settings, epochs] = args, { Trainer } = live["live/trainer"], points = Float32Array.from(settings.points);
const probes = settings.probes && Object.fromEntries(
  Object.entries(settings.probes).map(([name, values]) => [name, Float32Array.from(values)]));
const trainer = new Trainer({ ...settings, points, probes });
for (let k = 0; k < epochs; k++) trainer.epoch();
const { average, losses, steps, stopped } = trainer;
return { average: [...average], losses, steps, stopped, excess: trainer.excess() };
"""


def test_trained_as_well_as_by_pytorch(ask):
    """W2 and the excess error of five seeds here and five there overlap, at the same small budget."""
    reference = Reference(DATASET[1])
    x, s, v = reference.field()
    probes = {"x": np.ravel(x), "s": np.repeat(s, len(x[0])), "v": np.ravel(v)}
    probes = {name: values.tolist() for name, values in probes.items()}
    probe, z = FieldProbe(reference.field(), "cpu"), torch.tensor(reference.noise(256), dtype=torch.float32)[None]
    measured = {"here": [], "there": []}
    for seed in range(5):
        trainer = learner("fm", 1, n=256, seed=seed, batch_size=64, hidden=(16, 16), lr=3e-3)
        start = settings(trainer, "fm", 1, seed=seed, hidden=(16, 16), lr=3e-3, probes=probes)
        for _ in range(60):
            trainer.epoch()
        found = ask(RUN, start, 60)
        assert found["steps"] == trainer.steps == 240 and len(found["losses"]) == 60 and not found["stopped"]
        for where in ("there", "here"):
            if where == "here":
                trainer.average.copy_(torch.tensor(found["average"]))
            with torch.no_grad():
                w2 = sliced_w2(trainer.averaged.generate(z).numpy(), reference.target)[0]
                measured[where].append((w2, probe(trainer.averaged, 1).item()))
        assert abs(found["excess"] / measured["here"][-1][1] - 1) < 1e-3
    here, there = (np.array(measured[where]) for where in ("here", "there"))
    assert (here.mean(0) < there.mean(0) + 2 * there.std(0)).all() and (there.mean(0) < 2 * here.mean(0)).all()


def test_a_seed_repeats_and_a_diverging_run_stops(ask):
    """To the bit; another seed differs. A run whose loss overflows goes back to the last good average."""
    trainer = learner("shortcut", 2)
    same = settings(trainer, "shortcut", 2)
    runs = [ask(RUN, start, 3) for start in (same, same, same | {"seed": 1})]
    assert runs[0] == runs[1] and runs[0]["average"] != runs[2]["average"] and runs[0]["losses"][0] > 0
    lost = ask(RUN, same | {"lr": 1e30}, 3)
    assert lost["stopped"] and lost["losses"] == [None] and np.isfinite(lost["average"]).all()


def test_couplings_and_sources_choose_the_target(ask):
    source = {"weights": [1], "means": [[1]], "covariances": [[[1]]]}
    cases = [{"model": "fm"}, {"model": "fm", "coupling": "ot"}, {"model": "fm", "source": source}, {"model": "otcfm"}]
    cases += [{"model": "gan", "target": "marginal"}, {"model": "consistency", "target": "exact"}]
    found = ask('return args[0].map((each) => live["live/trainer"].complete(each).target)', cases)
    assert found == ["marginal", "conditional", "conditional", "conditional", "conditional", "exact"]


WORK = """
const [source, settings] = args, done = args[2];
settings.points = Float32Array.from(settings.points);
const worker = new Worker(URL.createObjectURL(new Blob([source])));
const heard = [], say = (message) => worker.postMessage(message);
worker.onerror = (event) => done({ error: event.message });
let full = false;
const next = [
  { type: "step", id: "a", steps: 10 },
  { type: "parts", id: "a", numbers: [0, 5] },
  { type: "run", id: "a", on: true, speed: Infinity },
  { type: "reset", id: "a" },
  { type: "start", id: "b", settings: { model: "no such model" } },
];
worker.onmessage = ({ data }) => {
  heard.push({ ...data, average: undefined, finite: data.average?.every(Number.isFinite) });
  if (data.type === "failed") done(heard);
  else if (!data.on) say(next.shift());
  else if (data.steps > 400 && data.perSecond && !full) full = !say({ type: "run", id: "a", on: false });
};
say({ type: "start", id: "a", settings });
"""


def test_the_worker(browser, tmp_path):
    """Each message and its answer, in a worker made of the page's text; a bad setting is told."""
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><title>worker</title>")
    browser.get(page.as_uri())
    trainer = learner("meanflow", 2)
    heard = browser.execute_async_script(
        f"const args = [...arguments];\n{WORK}", script("live/worker"), settings(trainer, "meanflow", 2)
    )
    begin, *rest, failed = heard
    assert begin["steps"] == 0 and begin["finite"] and not begin["on"] and begin["excess"] is None
    (parts,) = (each for each in rest if each["type"] == "parts")
    assert {"state", "velocity", "direction", "tangent", "value", "target", "residual", "after"} <= parts.keys()
    *training, reset = (each for each in rest if each["type"] == "progress")
    stepped, *_, stopped = (each for each in training if not each["on"])
    assert stepped["steps"] == 10 and stepped["epochs"] == 1 and stopped["steps"] > 400
    assert all(each["finite"] for each in training) and any(each["perSecond"] > 0 for each in training)
    told = sum(len(each["losses"]) for each in training)
    assert told == stopped["epochs"] == stopped["steps"] // BATCHES
    assert reset["steps"] == reset["epochs"] == 0
    assert failed["type"] == "failed" and failed["id"] == "b" and failed["why"]


def test_a_step_taken_apart(ask):
    """MeanFlow's terms fit together, the mean pair passes through the same state, and nothing is kept."""
    trainer = learner("meanflow", 2)
    found = ask(
        """const [settings] = args, { Trainer } = live["live/trainer"];
        const trainer = new Trainer({ ...settings, points: Float32Array.from(settings.points) });
        for (let k = 0; k < 3; k++) trainer.epoch();
        const before = [...trainer.weights, ...trainer.average];
        const parts = trainer.parts([4, 7, 100]);
        trainer.draw();
        const kept = [...trainer.weights, ...trainer.average].every((value, k) => value === before[k]);
        return [kept, Object.fromEntries(Object.entries(parts).map(([k, v]) =>
          [k, v[0].length ? v.map((table) => [...table]) : [...v]]))];""",
        settings(trainer, "meanflow", 2),
    )
    kept, parts = found
    assert kept
    t, r = (np.array(each)[:, None] for each in parts["times"])
    shaped = {name: np.array(parts[name]).reshape(-1, 2) for name in ("state", "velocity", "tangent", "target")}
    (x, e), (x_mean, e_mean) = ([np.array(each).reshape(-1, 2) for each in parts[pair]] for pair in ("drawn", "pair"))
    np.testing.assert_allclose(x, trainer.data[0, [4, 7, 100]])
    np.testing.assert_allclose((1 - t) * x + t * e, shaped["state"], atol=1e-5)
    np.testing.assert_allclose((1 - t) * x_mean + t * e_mean, shaped["state"], atol=1e-5)
    np.testing.assert_allclose(e_mean - x_mean, shaped["velocity"], atol=1e-5)
    np.testing.assert_allclose(shaped["velocity"] - (t - r) * shaped["tangent"], shaped["target"], atol=1e-4)
    assert parts["after"] != parts["value"]
