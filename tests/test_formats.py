"""Still pictures as vectors, and films in other formats."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PIL import Image

from commands import comparison, study
from commands.files import drawn_from, is_ours
from tests.running import command, stamps
from visualization.animation import film_frames

TINY = ["--models", "vae", "fm", "--epochs", "3", "--n-samples", "40", "--n-seeds", "1", "--hidden", "8", "--dim", "2d"]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """main.py with --format svg, then pdf, in one folder; the first again in another."""
    folders = [tmp_path_factory.mktemp(name) for name in ("one", "two")]
    for folder, kinds in zip(folders, (("svg", "pdf"), ("svg",)), strict=True):
        for kind in kinds:
            command("main.py", *TINY, "--format", kind, "--output-dir", folder, cwd=folder)
    return folders


def words(path):
    """The texts of an SVG."""
    return [" ".join("".join(text.itertext()).split()) for text in ElementTree.parse(path).iter(f"{SVG}text")]


def test_vectors_hold_their_words_as_text(drawn):
    folder, _ = drawn
    said = words(folder / "fm_2d_visualization.svg")
    assert "Flow matching · two Gaussians in 2D" in said and "epoch 3 / 3" in said and "Probability-flow paths" in said
    assert any(re.fullmatch(r"sliced W2 [\d.]+ ± 0 \(exact 0\.042\), 100 evaluations", each) for each in said)
    assert any("reconstruction error" in each for each in words(folder / "vae_2d_visualization.svg"))
    for page in ("losses_2d", "steps_2d", "maps_2d", "couplings_2d", "scoreboard"):
        root = ElementTree.parse(folder / f"{page}.svg").getroot()
        assert not list(root.iter(f"{SVG}image")), "nothing is made of pixels"
        assert root.get("width") == "1152pt" and len(words(folder / f"{page}.svg")) >= 5
    content = (folder / "losses_2d.pdf").read_bytes()
    assert content.startswith(b"%PDF") and b"/Subtype /Image" not in content and b"DejaVuSans" in content


def test_vectors_are_ours_the_same_each_time_and_of_their_run(drawn):
    one, two = drawn
    for kind in ("svg", "pdf"):
        files = sorted(one.rglob(f"*.{kind}"))
        assert len(files) == 8
        for path in files:
            assert is_ours(path) and drawn_from(path)
            assert kind == "pdf" or path.read_bytes() == (two / path.name).read_bytes()
    assert not list(one.glob("*.png")) and list(one.glob("fm_2d_epochs/epoch_0003.png")), "frames are PNG"
    before = stamps(one, "*.svg")
    command("main.py", *TINY, "--format", "svg", "--output-dir", one, cwd=one)
    assert stamps(one, "*.svg") == before, "already drawn"


def test_a_picture_in_another_format_does_not_outlive_its_run(tmp_path):
    flags = ["--models", "vae", *TINY[3:]]
    command("main.py", *flags, "--output-dir", ".", cwd=tmp_path)
    assert (tmp_path / "losses_2d.png").exists() and (tmp_path / "vae_2d_visualization.png").exists()
    (tmp_path / "steps_2d.png").write_bytes(b"mine")
    command("main.py", *flags, "--format", "svg", "--seed", "5", "--output-dir", ".", cwd=tmp_path)
    assert not (tmp_path / "losses_2d.png").exists() and not (tmp_path / "vae_2d_visualization.png").exists()
    assert (tmp_path / "losses_2d.svg").exists() and (tmp_path / "steps_2d.png").read_bytes() == b"mine"


def test_the_chart_of_a_sweep_and_the_data_as_vectors(tmp_path):
    flags = ["--models", "ae", *TINY[3:], "--format", "svg", "--output-dir", "."]
    command("run_sweep.py", *flags, "--sweep", "lr=1e-3,1e-2", cwd=tmp_path)
    assert "learning rate" in words(tmp_path / "sweep" / "sweep.svg")
    command("run_pages.py", "data", "--dim", "1d", "--format", "pdf", "--output-dir", ".", cwd=tmp_path)
    assert (tmp_path / "data_1d.pdf").exists()


@pytest.mark.parametrize(
    ("epochs", "most"),
    [(range(201), 90), (range(0, 2001, 100), 90), ([0, 1, 2, 3, 5, 8, 13], 90), ([0, 4], 9), ([7], 9)],
)
def test_a_film_shows_early_epochs_closely_and_always_the_last(epochs, most):
    epochs = list(epochs)
    shown = film_frames(epochs, most)
    assert shown[0] == 0 and shown[-1] == len(epochs) - 1 and list(shown) == sorted(set(shown)) and len(shown) <= most
    steps = np.diff(np.log1p([epochs[k] for k in shown]))
    assert len(epochs) > most or len(shown) > len(epochs) / 3
    if len(epochs) > most:
        assert shown[:10] == tuple(range(10)) and steps[-20:].max() < 2 * steps[-20:].min()


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """A film of each kind."""
    folder = tmp_path_factory.mktemp("films")
    flags = [*TINY, "--output-dir", folder, "--film-width"]
    command("run_comparison.py", *flags, "600", "--film", "both", cwd=folder)
    command("run_comparison.py", *flags, "600", "--film", "webm", cwd=folder)
    return folder / "comparison_2d"


def frames_of(path):
    """The frames of a video as arrays, and their times in seconds."""
    av = pytest.importorskip("av")
    with av.open(str(path)) as video:
        found = [(frame.to_ndarray(format="rgb24"), float(frame.time)) for frame in video.decode(video=0)]
    return found


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_videos_show_the_frames(films, kind):
    path = films / f"comparison_2d.{kind}"
    frames = frames_of(path)
    with Image.open(films / "comparison_frames" / "epoch_0000.png") as first:
        wide, high = first.size
    assert frames[0][0].shape == (round(high * 600 / wide) // 2 * 2, 600, 3)
    for (pixels, _), epoch in ((frames[0], 0), (frames[-1], 3)):
        with Image.open(films / "comparison_frames" / f"epoch_000{epoch}.png") as png:
            expected = np.asarray(png.convert("RGB").resize(pixels.shape[1::-1], Image.Resampling.LANCZOS), int)
        assert np.abs(pixels - expected).mean() < 4
    assert frames[-1][1] >= 4, "four frames of half a second, and the last one is held"
    assert is_ours(path) and drawn_from(path) == drawn_from(films / "comparison_frames" / "epoch_0003.png")


def test_a_gif_is_as_wide_as_was_asked(films):
    with Image.open(films / "comparison_2d.gif") as gif:
        assert gif.size[0] == 600 and gif.n_frames == 4 and gif.info["loop"] == 0


def test_videos_without_the_library_are_refused_before_anything_is_trained(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(comparison, "find_spec", lambda name: None)
    assert comparison.main("", [*TINY, "--film", "mp4", "--output-dir", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "pip install -r requirements-film.txt" in said and not (tmp_path / "out").exists()
    assert callable(study.main)
