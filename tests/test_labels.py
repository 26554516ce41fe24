"""How numbers and models are written, everywhere, and which epochs are kept."""

import math

import pytest
import torch

from evaluation.labels import evaluations, number, plus_minus
from models import MODELS, model_class
from models.source import title
from training.settings import is_snapshot

GENERATORS = [torch.Generator()]
NUMBERS = {
    0.0: "0",
    0.23: "0.230",
    0.2304: "0.230",
    0.05: "0.0500",
    1.0: "1.00",
    2.5: "2.50",
    12.7: "12.7",
    127.4: "127",
    1234.0: "1234",
    0.125: "0.125",
    -0.2304: "-0.230",
    9.994: "9.99",
    9.996: "10.0",
    0.9996: "1.00",
    0.09996: "0.100",
    99.96: "100",
    999.6: "1000",
    1.2345e-4: "0.000123",
    2.8e-6: "2.8e-6",
    9.97e-6: "1.0e-5",
    1e-300: "1.0e-300",
    123456.0: "123456",
    87654321.0: "87654321",
    3.4e12: "3.4e12",
    1e300: "1.0e300",
    math.inf: "not finite",
    -math.inf: "not finite",
    math.nan: "not finite",
}
SPREADS = {
    (0.2301, 0.0187): "0.230 ± 0.019",
    (0.112, 0.0046): "0.112 ± 0.005",
    (0.112, 0.00046): "0.1120 ± 0.0005",
    (0.9996, 0.0104): "1.00 ± 0.01",
    (12.34, 1.26): "12.3 ± 1.3",
    (12.34, 0.126): "12.3 ± 0.1",
    (0.0, 0.0): "0 ± 0",
    (1.5, 0.0): "1.50 ± 0",
    (0.0, 0.3): "0 ± 0.3",
    (0.5, 3.0): "0.5 ± 3.0",
    (-1.25, 0.031): "-1.25 ± 0.03",
    (0.123, 0.0996): "0.12 ± 0.10",
    (1234.0, 56.0): "1234 ± 56",
    (123.4, 5678.0): "123 ± 5678",
    (2e-8, 3e-9): "2.0e-8 ± 3e-9",
    (9.7e-5, 4.6e-5): "9.7e-5 ± 5e-5",
    (9.7e-5, 0.0): "9.7e-5 ± 0",
    (3e-5, 0.02): "0.000 ± 0.020",
    (1e12, 2e10): "1.0e12 ± 2e10",
    (math.nan, 0.1): "not finite",
    (0.23, math.nan): "0.230",
    (math.inf, math.nan): "not finite",
}


@pytest.mark.parametrize(("value", "text"), NUMBERS.items())
def test_numbers_have_three_significant_digits(value, text):
    assert number(value) == text


@pytest.mark.parametrize(("pair", "text"), SPREADS.items())
def test_a_mean_and_its_deviation_have_the_same_decimals(pair, text):
    assert plus_minus(*pair) == text


def test_fewer_digits():
    assert [number(value, 2) for value in (0.0743, 0.996, 1.96, 12.7, 0.0)] == ["0.074", "1.0", "2.0", "13", "0"]


@pytest.mark.parametrize("value", [10.0**k * m for k in range(-12, 13) for m in (1, 2.345, 9.9951)])
def test_what_is_written_is_the_number(value):
    assert float(number(value)) == pytest.approx(value, rel=0.05 if value < 1e-4 or value > 1e8 else 0.005)


def test_evaluations_in_words():
    assert [evaluations(n) for n in (1, 2, 128)] == ["1 evaluation", "2 evaluations", "128 evaluations"]


# ---- which epochs are kept -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("viz_freq", "epochs", "kept"),
    [
        (0, 20, [0, 1, 2, 3, 5, 8, 13, 20]),
        (0, 13, [0, 1, 2, 3, 5, 8, 13]),
        (0, 1, [0, 1]),
        (4, 10, [0, 4, 8, 10]),
        (5, 10, [0, 5, 10]),
        (100, 7, [0, 7]),
        (1, 3, [0, 1, 2, 3]),
    ],
)
def test_epochs_that_are_kept(viz_freq, epochs, kept):
    """The untrained model, the last one, and between them every viz_freq-th, or ever fewer if viz_freq is 0."""
    assert [epoch for epoch in range(epochs + 1) if is_snapshot(epoch, viz_freq, epochs)] == kept


# ---- titles ----------------------------------------------------------------------------------------------------------


def test_a_title_tells_its_own_settings():
    assert title("vae") == "VAE, β = 1" and title("vae_beta") == "VAE, β = 10" and title("fm") == "Flow matching"
    assert title("vae_beta", {"beta": 2.5, "epochs": 3}) == title("vae_beta", [("beta", 2.5)]) == "VAE, β = 2.5"
    assert title("vae", {"beta": 7}) == "VAE, β = 1", "it has no setting of that name"


@pytest.mark.parametrize("name", MODELS)
def test_a_model_bears_the_title_that_is_read_from_its_source(name):
    """With the defaults, and for the variant with a setting in its title, with others."""
    assert model_class(name)(1, (4,), GENERATORS).title == title(name) and "{" not in title(name)


@pytest.mark.parametrize(("beta", "shown"), [(0.0, "0"), (0.5, "0.5"), (1.0, "1"), (1e6, "1e+06")])
def test_a_variant_bears_its_setting(beta, shown):
    assert model_class("vae_beta")(1, (4,), GENERATORS, beta=beta).title == f"VAE, β = {shown}"
    assert title("vae_beta", {"beta": beta}) == f"VAE, β = {shown}"
    assert model_class("vae_beta").title == "VAE, β = {beta:g}", "the class is left as it is"
