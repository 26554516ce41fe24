"""Still pictures as vectors, and films in other formats."""

import base64
import io
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from commands import comparison, study
from commands.files import drawn_from, is_ours
from commands.video import write_video
from tests.running import command, stamps
from visualization.animation import HOLD, Cut, film_frames
from visualization.style import vector_of

TINY = ["--models", "vae", "fm", "--epochs", "3", "--n-samples", "40", "--n-seeds", "1", "--hidden", "8", "--dim", "2d"]
TINY += ["--w2-points", "64"]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """main.py with --format svg, then pdf, in one folder, and again in another."""
    folders = [tmp_path_factory.mktemp(name) for name in ("one", "two")]
    for folder in folders:
        for kind in ("svg", "pdf"):
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
    for page in ("losses_2d", "steps_2d", "maps_2d", "couplings_2d", "fields_2d", "scoreboard"):
        assert ElementTree.parse(folder / f"{page}.svg").getroot().get("width") == "1152pt"
        assert len(words(folder / f"{page}.svg")) >= 5
    assert len(list(folder.glob("*.svg"))) == len(list(folder.glob("*.pdf"))) == 9
    for path in folder.glob("*.svg"):
        assert not list(ElementTree.parse(path).iter(f"{SVG}image")), f"{path.name}: nothing is made of pixels"
        content = path.with_suffix(".pdf").read_bytes()
        assert content.startswith(b"%PDF") and b"/Subtype /Image" not in content and b"DejaVuSans" in content


def test_heat_maps_keep_their_numbers_as_vectors():
    figure, values = Figure(), np.ma.masked_less(np.arange(12.0).reshape(3, 4), 5)
    left, right = figure.subplots(1, 2)
    mesh = left.pcolormesh(np.arange(5), np.arange(4), values)
    figure.colorbar(mesh)
    plain = ElementTree.fromstring(vector_of(figure, "svg"))
    assert not list(plain.iter(f"{SVG}image")), "neither the cells nor their colour scale are pixels"
    drawn = [list(each) for each in plain.iter(f"{SVG}g") if each.get("id", "").startswith("PolyCollection")]
    assert [len(cells) for cells in drawn] == [7, 256], "the cells that show something, and the scale"
    assert all("fill: #" in cell.get("style") for cells in drawn for cell in cells)
    right.imshow(values)
    (image,) = ElementTree.fromstring(vector_of(figure, "svg")).iter(f"{SVG}image")
    content = base64.b64decode(image.get("{http://www.w3.org/1999/xlink}href").split(",")[1])
    assert Image.open(io.BytesIO(content)).size == (4, 3), "a pixel per number"


def test_vectors_are_ours_the_same_each_time_and_of_their_run(drawn):
    one, two = drawn
    for kind in ("svg", "pdf"):
        files = sorted(one.rglob(f"*.{kind}"))
        assert len(files) == 9
        for path in files:
            assert is_ours(path) and drawn_from(path)
            assert path.read_bytes() == (two / path.name).read_bytes()
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


def test_frames_are_scaled_alike_whatever_their_memory_is():
    whole = np.random.default_rng(0).integers(0, 256, (30, 40, 4), dtype=np.uint8)
    cut, rendered = Cut((0,), (20, 14), 50), whole[..., :3]
    for pixels in (rendered, rendered[::-1], whole[..., 1:]):
        assert np.array_equal(cut.scaled(pixels), cut.scaled(np.array(pixels))), "a copy of its own"
    assert cut.scaled(rendered).shape == (14, 20, 3) and cut.scaled(whole[:14, :20, :3]).base is whole


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
    assert 4.4 <= frames[-1][1] <= 5, "four frames of half a second, and the last one is held"
    assert is_ours(path) and drawn_from(path) == drawn_from(films / "comparison_frames" / "epoch_0003.png")


@pytest.mark.parametrize(("kind", "codec"), [("mp4", "h264"), ("webm", "vp9")])
def test_videos_play_everywhere(films, kind, codec):
    av, path = pytest.importorskip("av"), films / f"comparison_2d.{kind}"
    with av.open(str(path)) as video:
        about = video.streams.video[0].codec_context
        assert (about.name, about.pix_fmt) == (codec, "yuv420p") and about.width % 2 == about.height % 2 == 0
        frame = next(video.decode(video=0))
        assert (frame.colorspace, frame.color_range) == (1, 1), "players guess the colours of a file that names none"
    content = path.read_bytes()
    assert kind == "webm" or content.find(b"moov") < content.find(b"mdat"), "it plays before it is loaded"


def test_a_video_has_the_colours_of_its_frames_and_the_same_bytes_each_time(tmp_path):
    pytest.importorskip("av")
    colors, size = [(214, 39, 40), (44, 160, 44), (31, 119, 180)], (720, 720)
    images = [Image.new("RGB", size, color) for color in colors]
    for kind in ("mp4", "webm"):
        for name in ("one", "two"):
            write_video(tmp_path / name, kind, images, Cut((0, 1, 2), size, 50))
        assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
        for (pixels, _), color in zip(frames_of(tmp_path / "one"), colors, strict=False):
            assert np.abs(np.median(pixels, (0, 1)) - color).max() <= 3


def test_a_gif_is_as_wide_and_as_long_as_was_asked(films):
    times = []
    with Image.open(films / "comparison_2d.gif") as gif:
        assert gif.size[0] == 600 and gif.n_frames == 4 and gif.info["loop"] == 0
        for k in range(gif.n_frames):
            gif.seek(k)
            times.append(gif.info["duration"])
    assert times == [500, 500, 500, 10 * HOLD], "few frames last half a second each, and the last one is held"


def test_videos_without_the_library_are_refused_before_anything_is_trained(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(comparison, "find_spec", lambda name: None)
    assert comparison.main("", [*TINY, "--film", "mp4", "--output-dir", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "pip install -r requirements-film.txt" in said and not (tmp_path / "out").exists()
    assert callable(study.main)
