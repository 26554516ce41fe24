"""The named datasets' extent and evenness, and the page of the data, run for real."""

import numpy as np
import pytest

from data.synthetic import DATASETS_2D, noise, target
from tests.running import command


@pytest.mark.parametrize("name", DATASETS_2D)
def test_components_stay_few_and_within_the_Stage(name):
    mixture = target(name)
    assert len(mixture.weights) <= 128
    if name not in ("two_gaussians", "eight_gaussians", "moons"):
        assert np.abs(mixture.means).max() <= 4.5


@pytest.mark.parametrize("radius", [2.0, 4.0])
def test_rings_are_even(radius):
    """The ripple that the docstring of `along` states."""
    angle = np.linspace(0, 2 * np.pi, 2000)
    density = np.exp(target("circles").log_prob(radius * np.stack([np.cos(angle), np.sin(angle)], -1)))
    assert np.ptp(density) < 0.05 * density.mean()


def test_squares_of_the_checkerboard_are_flat_inside():
    line = np.stack([np.linspace(-3.4, -2.6, 200), np.full(200, -3.0)], -1)
    density = np.exp(target("checkerboard").log_prob(line))
    assert np.ptp(density) < 0.05 * density.mean()


@pytest.mark.parametrize("n", [1, 2, 7])
def test_few_noise_points(n):
    for dim in (1, 2):
        z = noise(n, dim, np.random.default_rng(0))
        assert z.shape == (n, dim) and np.isfinite(z).all()


@pytest.mark.parametrize(
    ("dim", "picture", "words"),
    [
        ("1d", "data_1d.png", ["two_gaussians_1d", "2.827"]),
        ("2d", "data_2d.png", DATASETS_2D),
    ],
)
def test_data_is_drawn_from_a_foreign_folder(dim, picture, words, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    flags = ["data", "--dim", dim, "--n-samples", 60, "--output-dir", "../out"]
    done = command("run_pages.py", *flags, cwd=tmp_path / "elsewhere", cold=True)
    assert done.stderr == ""
    assert all(word in done.stdout for word in words)
    assert [path.name for path in (tmp_path / "out").iterdir() if path.name != ".gen_study.lock"] == [picture]
    assert (tmp_path / "out" / picture).read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("dim", "flags"),
    [
        ("1d", ["--n-samples", "-3"]),
        ("1d", ["--bogus"]),
        ("2d", ["--dataset", "cats"]),
        ("2d", ["--seed", "x"]),
        ("1d", ["--output-dir", "file"]),
    ],
)
def test_a_bad_value_gives_one_line(dim, flags, tmp_path):
    (tmp_path / "file").write_text("where a folder should be")
    done = command("run_pages.py", "data", "--dim", dim, *flags, cwd=tmp_path, status=2)
    assert done.stdout == "" and len(done.stderr.splitlines()) == 1, done.stderr
