"""What the measures are called and how numbers are written, everywhere. Light: command lines are checked against it."""

import math

LABELS = {
    "final_loss": "final loss",
    "w2": "W2",
    "w2_with_noise": "W2 with decoder noise",
    "sliced_w2": "sliced W2",
    "ode_sliced_w2": "sliced W2, ODE",
    "energy_distance": "energy distance",
    "mmd": "MMD",
    "mass_0": "mode 0, mass",
    "worst_mass": "worst mass error",
    "nll": "NLL, nats",
    "excess_error": "excess error",
    "map_error": "map error",
    "ode_map_error": "map error, ODE",
    "average_velocity_error": "average velocity error",
    "straightness": "straightness",
    "path_energy": "path energy",
    "transport_cost": "transport cost",
    "reconstruction_error": "reconstruction error",
    "kl": "KL, nats",
    "latent_w2": "latent to prior, sliced W2",
    "round_trip": "round trip error",
}
ONE_NUMBER = (  # measures with one number per model
    "w2",
    "w2_with_noise",
    "sliced_w2",
    "energy_distance",
    "mmd",
    "worst_mass",
    "nll",
    "excess_error",
    "straightness",
    "path_energy",
    "transport_cost",
    "reconstruction_error",
    "kl",
    "latent_w2",
)
COLUMNS = {  # (measure, network evaluations) of the scoreboard: heading; None: the model's own number
    **{(name, None): LABELS[name] for name in ("w2", "w2_with_noise", "sliced_w2", "energy_distance", "mmd")},
    **{(name, None): LABELS[name] for name in ("mass_0", "worst_mass")},
    **{(name, None): LABELS[name] for name in ("nll", "excess_error")},
    ("map_error", 1): "map error, 1 evaluation",
    ("map_error", 128): "map error, 128 evaluations",
    ("ode_map_error", 128): "map error of the ODE, 128 evaluations",
    **{(name, None): LABELS[name] for name in ("reconstruction_error", "kl", "latent_w2")},
}


def number(value, digits=3):
    """A number in three significant digits, as all pictures, tables and sentences write it: 0.230, 12.7, 2.8e-6."""
    if not math.isfinite(value):
        return "not finite"
    places = _places(value, digits)
    if value == 0 or 0 <= places <= 6:
        return f"{value:.{places}f}" if value else "0"
    return f"{value:.0f}" if -6 <= places < 0 else _short(value, min(digits, 2))


def plus_minus(mean, sd):
    """A mean and its standard deviation with the same decimals, at most two digits of the latter: 0.230 ± 0.019."""
    if not (math.isfinite(mean) and math.isfinite(sd)):
        return number(mean)
    places = min(_places(sd, 2), max(_places(mean, 3), _places(sd, 1)))
    if mean and sd and 0 <= places <= 5:
        return f"{mean:.{places}f} ± {sd:.{places}f}"
    text = number(mean)
    return f"{text} ± {_short(sd, 1) if sd and 'e' in text else number(sd, 1)}"


def _places(value, digits):
    """How many decimals show so many significant digits, after rounding to them: 9.996 is 10.0."""
    return digits - 1 - int(f"{value:.{digits - 1}e}".partition("e")[2]) if value else 0


def _short(value, digits):
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def evaluations(n):
    """How many network evaluations a sample takes, in words."""
    return f"{n} evaluation{'s' if n > 1 else ''}"
