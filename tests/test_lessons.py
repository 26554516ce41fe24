"""The lessons' files: what the format takes and what it refuses, and that every lesson is whole in every language."""

import re

import pytest

from data import Failure
from models import MODELS
from tests.running import ROOT
from visualization.explorer.formulas import mathml
from visualization.explorer.lessons import FIRST, FOLDER, lessons

HEAD = "---\ntitle: T\nmodels: fm\nstage: models=fm time=1\n---\n"
STEP = "## One\n\nSay.\n"


def written(tmp_path, text, name="01_fm.md", language=FIRST):
    folder = tmp_path / language
    folder.mkdir(exist_ok=True)
    (folder / "words.md").write_text("---\nname: N\n---\n")
    (folder / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_every_model_has_a_lesson_and_every_language_its_words():
    found = lessons()
    whole = found[FIRST]["lessons"]
    assert list(whole)[:2] == ["tour", "0"], "the tour, then the inverse distribution function"
    first = [lesson["models"][0] for lesson in whole.values() if lesson["models"]]
    assert first == list(MODELS)
    for each in found.values():
        assert each["words"].keys() == found[FIRST]["words"].keys()
        for name, lesson in each["lessons"].items():
            assert [step["stage"] for step in lesson["steps"]] == [step["stage"] for step in whole[name]["steps"]]
            figures = [re.findall(r"'figure': (\{.*?\})", str(one["steps"])) for one in (lesson, whole[name])]
            assert sorted(figures[0]) == sorted(figures[1]), f"{name}: a translation has the same figures"
    for lesson in list(whole.values())[2:]:
        assert any("question" in step for step in lesson["steps"]), lesson["title"]


def test_a_step_is_read_as_it_is_written(tmp_path):
    text = (
        HEAD + "## One\nstage: steps=1\n\nSay *it* with $x_t^2$.\n\nQ: Why?\n\nA: {w2} {if w2 < 2 * w2 of vae}b{end}\n"
    )
    lesson = lessons(written(tmp_path, text))[FIRST]["lessons"]["1"]
    (step,) = lesson["steps"]
    assert (lesson["title"], lesson["models"], step["title"]) == ("T", ["fm"], "One")
    assert step["stage"] == {"models": "fm", "time": "1", "steps": "1"}, "the lesson's, changed by the step's"
    assert step["text"] == [["Say ", {"em": ["it"]}, " with ", {"math": mathml("x_t^2")}, "."]]
    assert step["question"] == [["Why?"]]
    own, other = ({"key": "w2", "floor": False, "of": name} for name in ("fm", "vae"))
    condition = {"less": {"times": 1.0, "figure": own}, "more": {"times": 2.0, "figure": other}}
    assert step["answer"] == [[{"figure": own}, " ", {"if": [[condition, ["b"]]]}]]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("title: T\n", 1, "must begin with a line of ---"),
        ("---\ntitle: T\n" + STEP, 3, "must be `key: value`"),
        ("---\ncolour: red\n---\n" + STEP, 2, "the key colour is not one of"),
        ("---\nmodels: glow\n---\n" + STEP, 2, "models=glow is unknown"),
        (HEAD, 1, "no step"),
        (HEAD + "Before.\n" + STEP, 6, "text before the first step"),
        (HEAD + "## One\n\n", 6, "the step says nothing"),
        (HEAD + STEP + "\nQ: Why?\n", 6, "one question (Q:) and its answer (A:)"),
        (HEAD + "## One\nstage: epoch=x\n\nSay.\n", 7, "epoch=x is unknown"),
        (HEAD + "## One\nstage: speed=2\n\nSay.\n", 7, "'speed=2' is not key=value"),
        (HEAD + "## One\n\nSay {w2 of glow}.\n", 8, "is no figure of a model"),
        (HEAD + "## One\n\nSay {if w2 < w2 floor}.\n", 8, "{if} is not ended"),
        (HEAD + "## One\n\nSay *it.\n", 8, "* is not ended"),
        (HEAD + "## One\n\n- Say.\n", 8, "is Markdown that the page does not show"),
        (HEAD + "## One\n\nSay $\\frac{a$.\n", 8, "cannot be read"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text, line, words, tmp_path):
    with pytest.raises(Failure) as failure:
        lessons(written(tmp_path, text))
    assert str(failure.value).startswith(f"lessons/en/01_fm.md, line {line}: ") and words in str(failure.value)
    assert "\n" not in str(failure.value)


def test_a_translation_has_the_same_steps(tmp_path):
    written(tmp_path, HEAD + STEP + "## Two\n\nSay more.\n")
    for text, words in (
        ("---\ntitle: T\n---\n" + STEP, "1 steps, but 2"),
        ("---\ntitle: T\n---\n## Eins\nstage: time=1\n\nSag.\n## Zwei\n\nMehr.\n", "none of its own"),
        ("---\ntitle: T\n---\n## Eins\n\nSag.\n\nQ: W?\n\nA: D.\n## Zwei\n\nMehr.\n", "question"),
    ):
        with pytest.raises(Failure, match=words):
            lessons(written(tmp_path, text, language="de"))
    written(tmp_path, "---\ntitle: Ü\n---\n## Eins\n\nSag.\n## Zwei\n\nMehr.\n", language="de")
    assert lessons(tmp_path)["de"]["lessons"]["1"]["steps"][1] == {
        **{"title": "Zwei", "stage": {"models": "fm", "time": "1"}, "text": [["Mehr."]]}
    }


def test_formulas():
    assert mathml("x̂_t") == "<math><mrow><msub><mi>x̂</mi><mi>t</mi></msub></mrow></math>"
    assert "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>" in mathml(r"\frac{a}{b}")
    for wrong in ("(a", "a)", "x_", "{a"):
        with pytest.raises(ValueError):
            mathml(wrong)


def test_texts_keep_to_the_words_of_the_page():
    """One thing has one word: noise, not prior or latent source; W2 alone is the table's."""
    for path in FOLDER.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\bprior\b|W₂|sliced W₂", text), path.name


def test_the_readme_shows_real_lessons():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## Edit or translate a lesson")[2].partition("\n## Dependencies")[0]
    shown = re.findall(r"```\n(.*?)```", section, re.S)
    for language, block in zip((FIRST, "de"), shown, strict=True):
        lines = (FOLDER / language / "02_ae.md").read_text(encoding="utf-8").splitlines()
        assert [line for line in block.splitlines() if line not in lines] == []
