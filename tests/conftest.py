"""What all tests share: one thread, as in the commands; more would only wait for each other on such small networks."""

from commands.workers import one_thread

one_thread()

import pytest  # noqa: E402
import torch  # noqa: E402

torch.set_num_threads(1)

from evaluation import reference  # noqa: E402
from tests.explorer import browser, page, report, runs  # noqa: E402, F401
from tests.once import once  # noqa: E402

reference.N_W2[2] = 256  # points of W2 in 2D: an assignment of 1,024 per seed and run would take a minute of the tests


@pytest.fixture(scope="session")
def evaluated(tmp_path_factory):
    """{(model, dim): a tiny run of it, evaluated}, for tests of what is shown. Not to be changed."""
    path = once(tmp_path_factory, "evaluated.pt", lambda path: torch.save(tiny_runs(), path))
    return torch.load(path, weights_only=False)


def tiny_runs():
    """All models in both dimensions."""
    from commands.config import Config
    from evaluation.evaluate import evaluate
    from models import MODELS
    from training.runs import train

    config = Config(epochs=4, n_samples=60, batch_size=20, hidden=(8,), n_seeds=2, viz_freq=2)
    found = {}
    for dim in (1, 2):
        for name in MODELS:
            found[name, dim] = run = train(config.run_settings(name, dim))
            run.measures["rows"] = evaluate(run)
    return found
