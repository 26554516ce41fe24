"""Verbs that draw arrays on one Axes. They never open or save a figure.

A drawing function is called for every frame. A verb makes its artist at the first call, under a name, and later only
gives it new data; what is `still` is drawn once, into the background that all frames share.
"""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from visualization.config import BROAD, DPI, INK, LINE, PALE, POINTS, color_of, rgb
from visualization.text import Words, drawable

PRIOR_RINGS = (1, 2, 3)  # standard deviations
PLACES = {"headline": ((1, 1), 7), "footnote": ((0.5, 0), -26)}  # a corner of the axes, and points above it
FAR = 1e4  # beyond any page: a diverged model's numbers, which the rasteriser could not bear
BANDWIDTH = 0.15  # of the kernel density of generated samples, in 1D


class Panel:
    """One Axes, its artists by name, and which colours they mean."""

    def __init__(self, axes, large=False, tight=False):
        self.large, self.tight = large, tight  # room for every line; none for the number next to the title
        self.axes, self.artists, self.meanings, self.still = axes, {}, [], set()
        self.notes = {}  # lines of text that change, by their name in PLACES

    def moving(self):
        """The artists that a frame draws over the background, lowest first."""
        return sorted((a for a in self.artists.values() if a.get_animated()), key=lambda artist: artist.zorder)

    def is_new(self, name):
        """True once for each name: what stands still is drawn only then."""
        new = name not in self.still
        self.still.add(name)
        return new

    def _means(self, meaning):
        """The colour of a meaning, which the legend will then explain."""
        if meaning != "plain" and meaning not in self.meanings:
            self.meanings.append(meaning)
        return color_of(meaning)

    def lines(self, name, paths, meaning, width=1.0, alpha=0.6, still=False, zorder=2):
        """Paths (N, T, 2) as one collection; exact ones are broad and pale, and lie below."""
        if name not in self.artists:
            if meaning == "exact":
                width, alpha, zorder = BROAD, PALE, 1.2
            look = {"colors": self._means(meaning), "linewidths": width, "linestyles": LINE.get(meaning, "-")}
            collection = LineCollection([], alpha=alpha, zorder=zorder, animated=not still, **look)
            self.artists[name] = self.axes.add_collection(collection, autolim=False)
        elif still:
            return
        self.artists[name].set_segments(_finite(paths))

    def points(self, name, xy, meaning, size=16, alpha=0.9, still=False, zorder=4):
        """Points (N, 2) as one collection, with the mark of their meaning."""
        if name not in self.artists:
            look = mark(meaning, self._means(meaning)) | {"s": size, "alpha": alpha, "zorder": zorder}
            self.artists[name] = self.axes.scatter([], [], animated=not still, **look)
        elif still:
            return
        self.artists[name].set_offsets(_finite(xy))

    def curve(self, name, x, y, meaning, width=1.6, alpha=1.0, still=False, zorder=5):
        """One line through x (T,), y (T,); an exact one is broad and pale, and lies below."""
        if name not in self.artists:
            if meaning == "exact":
                width, alpha, zorder = 1.5 * BROAD, PALE, 1.2
            look = {"color": self._means(meaning), "lw": width, "ls": LINE.get(meaning, "-"), "alpha": alpha}
            (self.artists[name],) = self.axes.plot([], [], zorder=zorder, animated=not still, **look)
        elif still:
            return
        y = np.asarray(y, dtype=float)
        self.artists[name].set_data(x, np.where(np.abs(y) < FAR, y, np.nan))

    def fill(self, name, x, y, meaning):
        """The area under a curve and its line; stands still."""
        if self.is_new(name):
            self.axes.fill_between(x, y, color=self._means(meaning), alpha=0.22, lw=0, zorder=1)
            self.axes.plot(x, y, color=self._means(meaning), lw=1.2, zorder=1)

    def band(self, name, x, low, high, meaning):
        """The area between two curves; stands still."""
        if self.is_new(name):
            self.axes.fill_between(x, low, high, color=self._means(meaning), alpha=0.25, lw=0)

    def text(self, name, x, y, words, size=11, color=INK, still=False, **options):
        """Words at axes coordinates: (0, 0) is the lower left corner, (1, 1) the upper right."""
        if name not in self.artists:
            self.artists[name] = self.axes.text(
                x, y, "", fontsize=size, color=color, transform=self.axes.transAxes, animated=not still, **options
            )
        elif still:
            return
        self.artists[name].set_text(words)

    def headline(self, words):
        """What is measured, above the panel: on the right, or on the left below its title."""
        size = 11 if self.large else self._fitting(words)
        self.notes["headline"] = Words(words, size, "#444444", "ls" if self.tight else "rs")

    def footnote(self, words):
        """What else is measured, below the panel and its ticks."""
        self.notes["footnote"] = Words(words, self._fitting(words), "#555555", "ms")

    def _fitting(self, words):
        """The size of a line of words that are not wider than the panel."""
        return min(9.5, max(7, 9.5 * self.axes.bbox.width / (7 * len(words))))

    def placed(self, height):
        """Head and foot line with their places, pixels from the upper left corner of a page of this height.

        The panel has taken its shape by then.
        """
        for name, words in self.notes.items():
            corner, up = PLACES[name]
            x, y = self.axes.transAxes.transform((0, 1) if words.anchor == "ls" else corner)
            yield words, x, height - y - up * DPI / 72

    # ---- spaces -------------------------------------------------------------------------------------------------

    def limits(self, x, y, xticks=None, yticks=None, equal=False):
        """Fixed limits; stands still."""
        if not self.is_new("limits"):
            return
        ax = self.axes
        ax.set(xlim=x, ylim=y)
        if xticks is not None:
            ax.set_xticks([at for at, _ in xticks], [label for _, label in xticks])
        if yticks is not None:
            ax.set_yticks(yticks)
        if equal:
            ax.set_aspect("equal", adjustable="box")
        ax.spines[["top", "right"]].set_visible(equal)

    def label(self, x, y):
        """Name both axes; stands still."""
        if self.is_new("labels"):
            self.axes.set_xlabel(x, fontsize=10, labelpad=1)
            self.axes.set_ylabel(y, fontsize=10, labelpad=1)

    def inside(self, *sets):
        """Which points (N, 2), of all sets at once, lie within the limits: a line out of the frame tells nothing."""
        low, high = np.transpose([self.axes.get_xlim(), self.axes.get_ylim()])
        return np.all([((points >= low) & (points <= high)).all(1) for points in sets], 0)

    def columns(self, stage, **places):
        """Name the axes that show a user's columns; stands still. See `in_users_units`."""
        if self.is_new("columns"):
            in_users_units(self.axes, stage, **places)

    def two_sides(self, scene, left="noise"):
        """1D: noise or latent on the left edge, data on the right, each with its exact density."""
        self.limits((-0.4, 1.4), scene.limits[0], [(0, left), (1, "data")])
        self.columns(scene.stage, y=0)
        if self.is_new("sides"):
            y = np.linspace(*scene.limits[0], 300)
            prior = scene.stage.prior(y)
            for x, density, meaning in ((0, -prior, "prior_z"), (1, np.exp(scene.target.log_prob(y)), "data_x")):
                color = self._means(meaning)
                self.axes.fill_betweenx(
                    y, x, x + scene.stage.density_scale * density, color=color, alpha=0.2, lw=0, zorder=1
                )
                self.axes.plot(x + scene.stage.density_scale * density, y, color=color, lw=1.2, zorder=1)
                self.axes.axvline(x, color=color, lw=1.0, zorder=1)

    def three_columns(self, scene):
        """1D: data, latent, data again, each with its exact density; the latent at the scale that holds all of it."""
        scale, width = scene.latent_scale, scene.stage.density_scale
        latent = "latent ẑ" if scale == 1 else f"latent ẑ × {scale:.2g}"
        self.limits((-0.42, 2.42), scene.limits[0], [(0, "data x"), (1, latent), (2, "output x̂")])
        self.columns(scene.stage, y=0)
        if not self.is_new("columns of densities"):
            return
        y = np.linspace(*scene.limits[0], 300)
        data = np.exp(scene.target.log_prob(y))
        prior = np.exp(-0.5 * (y / scale) ** 2) / np.sqrt(2 * np.pi)  # the density of a latent, at its place
        for x, density, meaning in ((0, -data, "data_x"), (1, -prior, "prior_z"), (2, data, "data_x")):
            color = self._means(meaning)
            self.axes.fill_betweenx(y, x, x + width * density, color=color, alpha=0.2, lw=0, zorder=1)
            self.axes.plot(x + width * density, y, color=color, lw=1.2, zorder=1)
            self.axes.axvline(x, color=color, lw=1.0, zorder=1)

    def column_density(self, name, x, points, scene, meaning):
        """1D: kernel density of latents (N, 1), hanging on the column at x at the scale of the latent."""
        y = np.linspace(*scene.limits[0], 240)
        density = kernel_density(points, y / scene.latent_scale) * scene.stage.density_scale
        density[density < 0.002] = np.nan
        self.curve(name, x - density, y, meaning)

    def side_density(self, name, points, scene, meaning, at=1, bandwidth=None):
        """1D: kernel density of points (N,), standing on the edge at `at`."""
        y = np.linspace(*scene.limits[0], 240)
        density = kernel_density(points, y, bandwidth or BANDWIDTH) * scene.stage.density_scale
        density[density < 0.002] = np.nan  # no line along the edge where nothing is
        self.curve(name, at + density, y, meaning)

    def densities(self, stage):
        """1D: the exact density at every progress, as filled contours from the prior to the data."""
        if self.is_new("densities"):
            s, y, density = stage.on_the_way
            levels = [*np.array([0.06, 0.18, 0.35, 0.6]) * density.max(), density.max() * 1.01]
            shades = [_tint("data_x", share) for share in (0.07, 0.14, 0.22, 0.3)]
            self.axes.contourf(s, y, density, levels=levels, colors=shades, zorder=0)

    def ridge(self, s, points, scene):
        """1D: the density at progress s: the exact one, if it is the model's own, and that of learnt points (N, 1)."""
        y = np.linspace(*scene.limits[0], 240)
        width = 0.5 * scene.stage.density_scale
        if scene.exact == "flow" and self.is_new(f"ridge {s}"):
            exact = np.exp(scene.stage.flow.log_density(y[:, None], s)) * width
            exact[exact < 0.002] = np.nan
            self.axes.fill_betweenx(y, s, s + exact, color=self._means("data_x"), alpha=0.25, lw=0, zorder=2.6)
            self.axes.plot(s + exact, y, color=self._means("data_x"), lw=1.2, zorder=2.6)
        density = kernel_density(points, y, 0.2) * width
        density[density < 0.002] = np.nan
        self.curve(f"ridge {s}", s + density, y, "output_x_hat", width=1.4)

    def plane(self, scene, rings=True):
        """2D: prior as rings and target as filled contours, overlaid at equal scale."""
        self.limits(*scene.limits, [], [], equal=True)
        self.columns(scene.stage, x=0, y=1)
        if self.is_new("plane"):
            if rings:
                self.source(scene.stage)
            self.hills(scene.stage.hills)

    def islands(self, scene, left="latent"):
        """2D: prior or latent on the left island, data on the right one; a latent at the scale that holds all of it."""
        source, data, limits = scene.stage.islands
        scale = scene.latent_scale if left == "latent" else 1.0
        words = left if left != "latent" else "latent ẑ" if scale == 1 else f"latent ẑ × {scale:.2g}"
        self.limits(*limits, [(source[0], words), (scene.stage.data_centre, "data")], [], equal=True)
        self.columns(scene.stage, x=0, y=1)
        if self.is_new("islands"):
            self.axes.tick_params(length=0)
            self.rings(source, scale)
            self.hills(scene.stage.hills, data)

    def source(self, stage):
        """2D: where a flow begins: the rings of N(0, I), or contours of its source that hold as much."""
        if stage.source is None:
            return self.rings()
        gx, gy, density, levels = stage.source_hills
        self.axes.contour(gx, gy, density, levels=levels, colors=self._means("prior_z"), linewidths=0.9, alpha=0.7)

    def rings(self, centre=(0.0, 0.0), scale=1.0):
        """The prior N(0, I): circles at 1, 2 and 3 standard deviations."""
        angle = np.linspace(0, 2 * np.pi, 120)
        circle = np.stack([np.cos(angle), np.sin(angle)], -1)
        rings = [np.asarray(centre) + scale * radius * circle for radius in PRIOR_RINGS]
        self.lines(f"rings {centre}", rings, "prior_z", width=0.9, alpha=0.7, still=True, zorder=1)

    def hills(self, hills, centre=(0.0, 0.0)):
        """A density of a stage: filled contours that hold 39, 86 and 99 % of the mass."""
        gx, gy, density, levels = hills
        self._means("data_x")
        self.axes.contourf(
            gx + centre[0],
            gy + centre[1],
            density,
            levels=[*levels, density.max() * 1.01],
            colors=[_tint("data_x", share) for share in (0.12, 0.26, 0.42)],
            zorder=0,
        )


def in_users_units(axes, stage, x=None, y=None, density=False):
    """Name the axes that show the columns x and y (places) of a user's points; a single one gets ticks of the file.

    The limits must be fixed before. density: y is a density over x. Named datasets have no units: nothing is done.
    """
    if stage.points is None:
        return
    across, up = (drawable(stage.points.columns[i]) if i is not None else None for i in (x, y))
    look = {"fontsize": 9, "color": "#444444", "bbox": {"fc": "white", "ec": "none", "alpha": 0.7, "pad": 1}}
    look |= {"transform": axes.transAxes, "zorder": 9, "va": "top"}
    if across and up:
        axes.text(0.985, 0.985, f"→ {across}   ↑ {up}", ha="right", **look)
    elif up:
        axes.text(0.015, 0.985, f"↑ {up}", ha="left", **look)
        _round_ticks(axes.yaxis, stage.points.centre[y], stage.points.scale[y])
    else:
        axes.text(0.985, 0.985, f"→ {across}", ha="right", **look)
        _round_ticks(axes.xaxis, stage.points.centre[x], stage.points.scale[x])
        if density and stage.points.scale[x]:
            _round_ticks(axes.yaxis, 0, 1 / stage.points.scale[x])


def _round_ticks(axis, centre, scale):
    """Ticks at round values of centre + scale times what the axis has."""
    limits = np.array(axis.get_view_interval())
    with np.errstate(all="ignore"):
        values = centre + scale * limits
        if not (np.isfinite(values).all() and np.ptp(values) > 0 and 0 < scale < np.inf):
            return axis.set_ticks([])  # beyond what floats can tell apart
        ticks = MaxNLocator(6).tick_values(*values)
        at = (ticks - centre) / scale
    inside = (at >= limits[0]) & (at <= limits[1])
    axis.set_ticks(at[inside], [f"{tick:.10g}" for tick in ticks[inside]])


def mark(meaning, color):
    """The look of points in a scatter: a polygon, because a circle's curves cost a millisecond per collection."""
    sides, angle, filled = POINTS.get(meaning, POINTS["prior_z"])
    fill = {"facecolors": color, "linewidths": 0} if filled else {"facecolors": "none", "linewidths": 0.9}
    return {"marker": (sides, 0, angle), "edgecolors": color, **fill}


def legend_handle(meaning, words):
    """What stands for a meaning in a legend: its mark or its line, as in the panels."""
    if meaning in POINTS and meaning != "exact":
        sides, angle, filled = POINTS[meaning]
        face = color_of(meaning) if filled else "none"
        look = {"marker": (sides, 0, angle), "ms": 8, "mfc": face, "mec": color_of(meaning), "mew": 1.4}
        return Line2D([], [], color=color_of(meaning), ls=LINE.get(meaning, ""), label=words, **look)
    look = {"lw": 2.2} if meaning != "exact" else {"lw": 1.5 * BROAD, "alpha": PALE}
    return Line2D([], [], color=color_of(meaning), ls=LINE.get(meaning, "-"), label=words, **look)


def kernel_density(points, y, bandwidth=BANDWIDTH):
    """Gaussian kernel density of the finite points (N,) at y (T,)."""
    points = np.asarray(points).ravel()
    points = points[np.isfinite(points)]
    if not len(points):
        return np.zeros_like(y)
    z = (y[:, None] - points) / bandwidth
    return np.exp(-0.5 * z * z).sum(1) / (len(points) * bandwidth * np.sqrt(2 * np.pi))


def between(a, b):
    """Straight lines (N, 2, 2) from the points a to the points b, both (N, 2)."""
    return np.stack([a, b], 1)


@np.errstate(all="ignore")  # a diverged run's points may be anything; `lines` leaves them out
def arcs(a, b, bend):
    """Lines (N, 12, 2) from a to b, both (N, 2), that bend to their left by a share of their length."""
    across = np.stack([a[:, 1] - b[:, 1], b[:, 0] - a[:, 0]], -1)
    s = np.linspace(0, 1, 12)[:, None, None]
    return ((1 - s) * a + s * b + 4 * s * (1 - s) * bend * across).transpose(1, 0, 2)


def at(x, values):
    """1D: values (N, 1) as points (N, 2) on the vertical at x."""
    values = np.asarray(values).reshape(-1)
    return np.stack([np.full_like(values, x), values], -1)


def over_time(path):
    """1D: a path (T, N, 1) as lines (N, T, 2) with progress on the horizontal axis."""
    s = np.linspace(0, 1, len(path))
    return np.stack([np.broadcast_to(s, path.shape[1::-1]), path[..., 0].T], -1)


def _finite(arrays):
    """Without the rows that are not finite or beyond any page, which a run that diverged may hold."""
    arrays = np.asarray(arrays)
    return arrays[(np.abs(arrays) < FAR).all(tuple(range(1, arrays.ndim)))]


def _tint(meaning, share):
    """A colour mixed with white."""
    return tuple(1 - share * (1 - np.array(rgb(color_of(meaning))) / 255))
