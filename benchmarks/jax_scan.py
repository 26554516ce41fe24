"""Optional: the flow-matching step as one compiled JAX scan over many steps, the practical limit on this hardware."""

from importlib.util import find_spec

from benchmarks.steps import step_time
from benchmarks.tools import median_seconds, table

STEPS = 256


def scan_time(seeds, batch=64, sizes=(2, 32, 64, 32, 1)):
    """Seconds per step of flow matching in 1D with Adam, `seeds` runs at once, compiled as a whole."""
    import jax
    import jax.numpy as jnp

    keys = jax.random.split(jax.random.key(0), len(sizes) - 1)
    shapes = zip(sizes[:-1], sizes[1:], strict=True)
    weights = [jax.random.normal(k, (seeds, a, b)) * a**-0.5 for k, (a, b) in zip(keys, shapes, strict=True)]
    parameters = weights, [jnp.zeros((seeds, 1, b)) for b in sizes[1:]]
    data = jax.random.normal(jax.random.key(1), (seeds, 512, 1))

    def loss(parameters, x, z, t):
        h = jnp.concatenate([t * x + (1 - t) * z, t], -1)
        for i, (w, b) in enumerate(zip(*parameters, strict=True)):
            h = h @ w + b
            h = jax.nn.silu(h) if i < len(sizes) - 2 else h
        return jnp.square(h - (x - z)).sum(-1).mean(1).sum()

    def step(carry, key):
        p, m, v, n = carry
        pick, noise, time = jax.random.split(key, 3)
        x = jnp.take(data, jax.random.randint(pick, (batch,), 0, 512), 1)
        g = jax.grad(loss)(p, x, jax.random.normal(noise, x.shape), jax.random.uniform(time, x.shape))
        m = jax.tree.map(lambda a, b: 0.9 * a + 0.1 * b, m, g)
        v = jax.tree.map(lambda a, b: 0.999 * a + 0.001 * b * b, v, g)
        a, b = 1 - 0.9 ** (n + 1), 1 - 0.999 ** (n + 1)
        p = jax.tree.map(lambda w, c, d: w - 1e-3 * (c / a) / (jnp.sqrt(d / b) + 1e-8), p, m, v)
        return (p, m, v, n + 1), None

    zeros = jax.tree.map(jnp.zeros_like, parameters)
    run = jax.jit(lambda keys: jax.lax.scan(step, (parameters, zeros, zeros, 0.0), keys)[0])
    keys = jax.random.split(jax.random.key(2), STEPS)
    jax.block_until_ready(run(keys))
    return median_seconds(lambda: jax.block_until_ready(run(keys))) / STEPS


def measure(folder):
    if not find_spec("jax"):
        print("jax: skipped, not installed here (pip install jax)\n")
        return
    rows = []
    for seeds in (1, 8, 32):
        ours, theirs = step_time("fm", seeds), scan_time(seeds)
        rows.append([seeds, f"{1e6 * ours:.0f}", f"{1e6 * theirs:.0f}", f"{ours / theirs:.2f}"])
    head = ["seeds", "this project, µs", "compiled JAX scan, µs", "ratio"]
    table(folder, "jax", "A step of flow matching compared with one compiled scan", head, rows)
