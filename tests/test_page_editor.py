"""Data of one's own in the page: its mixtures, points and tables are held against Python's, then it is used."""

import numpy as np
import pytest

from data.exact import ExactFlow
from data.mixture import GaussianMixture
from data.points import points_of
from data.tables import read_table
from evaluation.metrics import projections, sliced_w2
from tests.test_page_mean import SOURCES
from visualization.explorer.build import script
from visualization.explorer.payload import mixture, pack
from visualization.stage import Stage

THREE = GaussianMixture(
    [0.2, 0.5, 0.3],
    [[-1.5, 2.0], [2.5, 0.3], [0.0, -3.0]],
    [[[0.5, 0.2], [0.2, 0.4]], [[0.02, 0.0], [0.0, 1.5]], [[0.1, -0.05], [-0.05, 0.3]]],
)
LINE = GaussianMixture([0.5, 0.1, 0.4], [-2.0, 0.5, 3.0], [0.3, 0.04, 1.2])


def modules(browser, *names):
    """Put modules of the page's sources on an empty page: each is there under its last name."""
    browser.get("about:blank")
    for name in names:
        browser.execute_script(f"{script(name)}\nwindow.{name.rpartition('/')[2]} = module['{name}'];")
    return browser


class Custom(Stage.__wrapped__):
    """The stage of any two mixtures."""

    def __init__(self, target, source):
        self.target, self.source, self.points = target, source, None
        from visualization.stage import REACH, reach

        self.low, self.high = reach(target)
        prior = np.full_like(self.low, REACH)
        self.source_low, self.source_high = (-prior, prior) if source is None else reach(source)


CONTENT = """
const [law, begin, shipped] = arguments, made = content.content(law, begin, shipped, "mine"), crowd = made.crowds[256];
return { space: made.space, data: [...made.data], partner: [...made.partner], z: [...crowd.z],
  quantiles: [...crowd.quantiles], floor: crowd.floor,
  log: [...new exact.ExactFlow(law, begin).logDensity(made.data, 500)],
  same: made.data.join() === content.content(law, begin, shipped, "").data.join() };
"""


@pytest.mark.parametrize("plain", (True, False))
@pytest.mark.parametrize("dim", (1, 2))
def test_an_edited_world_is_what_python_would_write(browser, dim, plain):
    """Limits, islands, levels, quantiles, floor and proportions of any mixture, from N(0, I) or another."""
    law, source = {1: LINE, 2: THREE}[dim], None if plain else SOURCES[dim]
    standard = GaussianMixture([1.0], np.zeros((1, dim)), np.eye(dim)[None])
    modules(browser, "exact", "editor/content")
    rng = np.random.default_rng(0)
    noise = np.sort(rng.normal(size=(256, dim)), 0).astype(np.float32)
    shipped = {"dim": dim, "source": mixture(standard), "crowds": {"256": {"z": pack(noise)}}}
    found = browser.execute_script(CONTENT, mixture(law), mixture(source or standard), shipped)

    stage = Custom(law, source)
    np.testing.assert_allclose(found["space"]["limits"], stage.view)
    if dim == 1:
        np.testing.assert_allclose(found["space"]["density_scale"], stage.density_scale)
    else:
        left, right, limits = stage.islands
        for name, value in (("source", left), ("island", right), ("islands", limits), ("levels", stage.hills[3])):
            np.testing.assert_allclose(found["space"][name], value, rtol=1e-9, err_msg=name)
    _, quantiles = projections(law, 256)
    np.testing.assert_allclose(np.reshape(found["quantiles"], (-1, 256)), quantiles.T, rtol=1e-6, atol=1e-6)
    data = np.reshape(found["data"], (500, dim))
    np.testing.assert_allclose(found["log"], law.log_prob(data), rtol=1e-9, atol=1e-9)
    assert found["same"], "the same law has the same points"
    np.testing.assert_allclose(np.sort(found["partner"]), np.sort(found["data"]))
    share = law.posterior(data).mean(0)
    np.testing.assert_allclose(share, law.weights, atol=0.012), "exact proportions, but for overlaps"
    z = np.reshape(found["z"], (256, dim))
    if plain:
        np.testing.assert_array_equal(z, noise)
    else:
        assert sliced_w2(z[None], source)[0] < 0.12
    if dim == 2:
        end = ExactFlow(law, source).flow_map(z, 0, 1)
        np.testing.assert_allclose(found["floor"], sliced_w2(end[None], law)[0], rtol=2e-3)


TEXTS = {  # how people write points; and what nobody can read without guessing
    "plain": "0.5,1\n-1,2.25\n3,4e-1\n",
    "names": "x,y\n1,2\n3,4\n-5,6\n",
    "tabs": "a\tb\n1.5\t2\n3\t4\n",
    "semicolons and commas": "1,5;2\n3;4,5\n",
    "German, with names": "Länge;Breite\n1,5;2,25\n3,5;4,5\n",
    "spaces": " 1.5   2\n 3 4.25 \n",
    "one column": "x\n1.5\n2.5\n-3\n",
    "one column, no name": "1.5\n2.5\n-3\n",
    "quotes": '"x","y"\n"1.5","2"\n"3","4"\n',
    "quoted commas": '"1,5","2,5"\n"3,5","4,5"\n',
    "comments": "# made by hand\n# x y\n1.5 2\n3 4\n",
    "byte order mark": "\ufeffx,y\n1.5,2\n3,4\n",
    "CRLF, blank end": "x,y\r\n1.5,2\r\n3,4\r\n\r\n",
    "signs": "+1.,-.5\n2,3\n",
    "decimal commas or two columns": "1,5\n2,5\n3,25\n",
    "commas and spaces": "1, 2\n3, 4\n",
    "thousands": "1,000\n2,000\n",
    "thousands in columns": "1.000;2.000\n3.000;4.000\n",
    "a heading of numbers": "0,1\n1.5,2.5\n3.5,4.5\n",
    "an index": ",x,y\n0,1.5,2\n1,3,4\n",
    "three columns": "1,2,3\n4,5,6\n",
    "missing": "x,y\n1,\n3,4\n",
    "nan": "x,y\n1,nan\n3,4\n",
    "a word": "x,y\n1,2\n3,four\n",
    "a word in the first row": "1.5,x\n2,3\n4,5\n",
    "a blank line": "x,y\n1,2\n\n3,4\n",
    "a short row": "x,y\n1,2\n3\n5,6\n",
    "a late short row": "x,y\n" + "1,2\n" * 300 + "3\n",
    "too large": "x,y\n1e999,2\n3,4\n",
    "too small": "x,y\n1e-999,2\n3,4\n",
    "53 bits": "x,y\n9007199254740993,2\n3,4\n",
    "one row": "1,2\n",
    "nothing": "",
    "only words": "a,b\nc,d\n",
    "an open quote": '"1,2\n3,4\n',
    "hexadecimal": "0x10,1\n2,3\n",
    "infinite": "inf,1\n2,3\n",
    "script": "<script>alert(1)</script>\n1,2\n",
    "all alike": "1,2\n1,2\n",
}
MUST_READ = list(TEXTS)[:14]
READ = """
return arguments[0].map((text) => {
  try {
    const { names, rows } = table.readTable(text);
    return { names, rows, ...points.mixtureOf(rows, names) };
  } catch (error) {
    if (error.name !== "Error") throw error;
    return { why: error.message };
  }
});
"""


def test_tables_and_points_are_read_as_in_python(browser):
    """What the page reads, Python reads without options, to the same mixture; the rest is refused with one line."""
    rng = np.random.default_rng(5)
    far = np.concatenate([rng.normal(size=(60, 2)) * [9, 1], [[4000, 3]]])
    large = {
        "far": far,
        "floyd": rng.normal(size=(1000, 2)) + 7,
        "tail": rng.normal(size=(11_000, 1)),
        "huge": 1e200 * rng.normal(size=(40, 2)) + 1e201,
    }
    texts = TEXTS | {
        name: "x,y\n"[2 * (x.shape[1] < 2) :] + "".join(",".join(map(repr, row)) + "\n" for row in x.tolist())
        for name, x in large.items()
    }
    found = modules(browser, "editor/table", "editor/points").execute_script(READ, list(texts.values()))
    for (name, text), page in zip(texts.items(), found, strict=True):
        if "why" in page:
            assert name not in (*MUST_READ, *large), (name, page)
            assert len(page["why"]) < 260 and "\n" not in page["why"]
            continue
        python = read_table(text.encode())
        np.testing.assert_array_equal(page["rows"], python.values, err_msg=name)
        want = points_of(python, "x.csv")
        law = want.mixture()
        np.testing.assert_allclose(page["law"]["means"], law.means, rtol=1e-12, atol=1e-12, err_msg=name)
        np.testing.assert_allclose(page["law"]["weights"], law.weights, rtol=1e-12)
        np.testing.assert_allclose(page["law"]["covariances"], law.covariances, rtol=1e-12)
        np.testing.assert_allclose(page["centre"], want.centre, rtol=1e-12, atol=1e-300)
        np.testing.assert_allclose(page["scale"], want.scale[0], rtol=1e-12)
        for part in page["about"].split("; ") if page["about"] else ():
            assert part.split(",")[0].split(":")[0] in want.about, (name, part, want.about)
    assert "1 point far" in found[list(texts).index("far")]["about"]
