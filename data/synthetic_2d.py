"""The 2D targets by name, each a Gaussian mixture, even those that do not look like one."""

import numpy as np

from data.mixture import GaussianMixture


def along(points, sd):
    """Equal round Gaussians at the points (K, 2); spaced two standard deviations apart, their ripple is below 5 %."""
    k = len(points)
    return GaussianMixture(np.ones(k), points, np.tile(sd**2 * np.eye(2), (k, 1, 1)))


def circle(angle, radius=1.0):
    return radius * np.stack([np.cos(angle), np.sin(angle)], -1)


def two_gaussians():
    """.6 N([-2, -2], .5 I) + .4 N([2, 2], [[.3, .15], [.15, .3]])."""
    return GaussianMixture([0.6, 0.4], [[-2, -2], [2, 2]], [[[0.5, 0], [0, 0.5]], [[0.3, 0.15], [0.15, 0.3]]])


def eight_gaussians():
    """Of covariance sqrt(.1) I on a circle of radius 5, as in the text of Tong et al. 2302.00482."""
    return ring(5.0, 0.1**0.25)


def ring(radius, sd):
    """Eight Gaussians on a circle."""
    return along(circle(np.arange(8) * np.pi / 4, radius), sd)


def moons():
    """Two half circles with noise .2, times 3, minus 1, as in Tong et al. 2302.00482."""
    angle = np.linspace(0, np.pi, 16)
    upper, lower = circle(angle), np.array([1.0, 0.5]) - circle(angle)
    return along(3 * np.concatenate([upper, lower]) - 1, 0.6)


def circles():
    """Two rings of radius 4 and 2, with mass in proportion to their length."""
    outer, inner = np.arange(48) * np.pi / 24, np.arange(24) * np.pi / 12
    return along(np.concatenate([circle(outer, 4.0), circle(inner, 2.0)]), 0.25)


def spiral():
    """Two arms, one and a quarter turns each, with even mass along the arm."""
    turn = 2.5 * np.pi * np.sqrt(np.linspace(0.03, 1, 40))  # even in arc length
    arm = circle(turn, 1.0) * (4.2 * turn / turn[-1])[:, None]
    return along(np.concatenate([arm, -arm]), 0.2)


def checkerboard():
    """An approximation: each of eight squares of side 2 consists of 3 x 3 Gaussians, so its edges are soft."""
    corner = np.array([(i, j) for i in range(4) for j in range(4) if (i + j) % 2 == 0]) * 2.0 - 4
    inside = np.stack(np.meshgrid(*[[1 / 3, 1, 5 / 3]] * 2), -1).reshape(-1, 2)
    return along((corner[:, None] + inside).reshape(-1, 2), 0.34)


def pinwheel():
    """Five arms, each three Gaussians long along the arm and thin across it."""
    radius = np.array([1.5, 2.5, 3.5])
    means, covariances = [], []
    for start in np.arange(5) * 2 * np.pi / 5:
        for r in radius:
            angle = start + 0.35 * (r - 1.5)
            x, y = circle(angle + np.arctan(0.35 * r)), circle(angle + np.arctan(0.35 * r) + np.pi / 2)
            means.append(circle(angle, r))
            covariances.append(0.2 * np.outer(x, x) + 0.02 * np.outer(y, y))
    return GaussianMixture(np.full(15, 1 / 15), means, covariances)


def s_curve():
    """An S made of two three-quarter circles, with noise."""
    angle = np.linspace(-1.5 * np.pi, 1.5 * np.pi, 40)
    return along(2.0 * np.stack([np.sin(angle), np.sign(angle) * (np.cos(angle) - 1)], -1), 0.25)


TARGETS_2D = {
    f.__name__: f for f in (two_gaussians, eight_gaussians, moons, circles, spiral, checkerboard, pinwheel, s_curve)
}
