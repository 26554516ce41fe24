"""What the measures are called, in tables, charts and pages. Imports nothing: command lines are checked against it."""

LABELS = {
    "final_loss": "final loss",
    "w2": "W2",
    "sliced_w2": "sliced W2",
    "energy_distance": "energy distance",
    "mmd": "MMD",
    "mass_0": "mode 0, mass",
    "worst_mass": "worst mass error",
    "nll": "NLL, nats",
    "field_error": "field error",
    "map_error": "map error",
    "average_velocity_error": "average velocity error",
    "straightness": "straightness",
    "path_energy": "path energy",
    "reconstruction_error": "reconstruction error",
    "kl": "KL, nats",
    "latent_w2": "latent to prior, W2",
    "round_trip": "round trip error",
}
ONE_NUMBER = (  # measures with one number per model
    "w2",
    "sliced_w2",
    "energy_distance",
    "mmd",
    "worst_mass",
    "nll",
    "field_error",
    "straightness",
    "path_energy",
    "reconstruction_error",
    "kl",
    "latent_w2",
)
COLUMNS = {  # (measure, network evaluations) of the scoreboard: heading; None: the model's own number
    **{(name, None): LABELS[name] for name in ("w2", "sliced_w2", "energy_distance", "mmd", "mass_0", "worst_mass")},
    **{(name, None): LABELS[name] for name in ("nll", "field_error")},
    ("map_error", 1): "map error, 1 step",
    ("map_error", 128): "map error, 128 steps",
    **{(name, None): LABELS[name] for name in ("reconstruction_error", "kl", "latent_w2")},
}
