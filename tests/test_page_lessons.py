"""The lessons in a browser: every step of each, what it sets, its figures, and what is kept between visits."""

import re

from evaluation.labels import number, plus_minus
from evaluation.summary import summary
from tests.explorer import few_points, no_tour, settled
from visualization.explorer.lessons import lessons

WALK = """
const done = arguments[arguments.length - 1], seen = [], lesson = document.querySelector("#lesson"),
  part = (name) => lesson.querySelector(`[data-part=${name}]`);
const step = () => {
  document.querySelector(".reveal")?.click();
  const { state, playing } = explorer.page;
  seen.push({
    ...state, layers: [...state.layers], z: state.z[state.dim], models: [...state.models], playing: { ...playing },
    title: part("title").textContent, heading: lesson.querySelector("[data-part=step] h3").textContent,
    figures: [...lesson.querySelectorAll("[data-part=step] b")].map((e) => e.textContent),
    formulas: lesson.querySelectorAll("[data-part=formulas] math").length,
    wide: [part("lesson"), part("formulas")].some((e) => e.scrollWidth > e.clientWidth),
  });
  const next = lesson.querySelector("[data-does=next]");
  if (next.disabled || seen.length > 200) return done(seen);
  next.click();
  setTimeout(step, 0);
};
step();
"""


def figures(nodes, measured):
    """The texts of a paragraph's figures, with the branches that hold."""
    for node in nodes:
        if isinstance(node, str):
            continue
        if "figure" in node:
            yield written(node["figure"], measured)
        elif "if" in node:
            for condition, inner in node["if"]:
                if holds(condition, measured):
                    yield from figures(inner, measured)
                    break
        elif "math" not in node:
            yield from figures(next(iter(node.values())), measured)


def value(asked, measured):
    measure, *nfe = asked["key"].split()
    found = measured[asked["of"]][1].get((measure, int(nfe[0]) if nfe else None))
    return found and ((found[2], 0.0) if asked["floor"] else found[:2])


def written(asked, measured):
    found = value(asked, measured)
    if found is None or not all(map(finite, found)):
        return "unknown"
    return number(found[0]) if asked["floor"] else plus_minus(*found)


def finite(x):
    return abs(x) < float("inf")


def holds(condition, measured):
    if condition is None:
        return True
    if "target" in condition:
        return measured[condition["of"]][0] == condition["target"]
    sides = []
    for side in (condition["less"], condition["more"]):
        found = value(side["figure"], measured) if "figure" in side else (side["number"], 0.0)
        if found is None or not all(map(finite, found)):
            return False
        sides.append([side["times"] * each for each in found])
    (a, sa), (b, sb) = sides
    return b - a > (sa**2 + sb**2) ** 0.5


def test_every_step_of_every_lesson(page, runs):
    """Next walks through all; each sets the whole state, whatever was before, and its figures are the table's."""
    driver = page("#dim=2&lesson=tour.1")
    driver.execute_script("explorer.act.set({ steps: 7, solver: 'heun', crowd: 500, epoch: 0, grab: 'x', time: 0.3 })")
    driver.execute_script("document.querySelector('#lesson [data-does=again]').click()")
    driver.set_script_timeout(120)
    seen = iter(driver.execute_async_script(WALK))
    measured = {}
    with few_points():
        for dim in (1, 2):
            measured[dim] = {
                run.settings["model"]: (run.model.target, summary(run.measures["rows"])) for run in runs[dim]
            }
    last = max(run.settings["epochs"] for run in runs[2])
    for lesson in lessons()["en"]["lessons"].values():
        for step in lesson["steps"]:
            shown, stage = next(seen), step["stage"]
            assert (shown["title"], shown["heading"]) == (lesson["title"], step["title"])
            assert (shown["solver"], shown["crowd"]) == (stage.get("solver", "own"), int(stage.get("crowd", 256)))
            assert (shown["steps"], shown["grab"]) == (int(stage.get("steps", 0)), stage.get("grab", "z")), stage
            assert shown["dim"] == int(stage.get("dim", 2)) or "models" in stage
            if "models" in stage:
                assert set(shown["models"]) == set(stage["models"].split(","))
            if "layers" in stage:
                assert set(shown["layers"]) == set(stage["layers"].split(","))
            plays = stage.get("play", "").split(",")
            assert shown["playing"] == {"time": "time" in plays, "epoch": "epochs" in plays}
            if "epoch" not in stage and "epochs" not in plays:
                assert shown["epoch"] == last
            if "time" in stage and "time" not in plays:
                assert shown["time"] == float(stage["time"])
            texts = [text for kind in ("text", "question", "answer") for text in step.get(kind, [])]
            wanted = [each for text in texts for each in figures(text, measured[shown["dim"]])]
            assert shown["figures"] == wanted, step["title"]
            assert shown["formulas"] == len(lesson["formulas"]) and not shown["wide"]
    assert next(seen, None) is None


def test_the_tour_opens_once_and_a_lesson_is_kept(page, browser):
    """At the first visit only; progress and language last; a step has an address of its own."""
    driver = page("#dim=1")
    driver.execute_script("localStorage.clear()")
    for undo in browser.undo_tour:
        undo()
    try:
        driver = page()
        heading = "return document.querySelector('#lesson:not([hidden]) h2')?.textContent"
        assert driver.execute_script(heading) == "A tour in two minutes"
        driver.execute_script("document.querySelector('#lesson [data-does=close]').click()")
        driver = page()
        assert driver.execute_script(heading) is None, "never again"
        driver.find_element("id", "tour").click()
        assert driver.execute_script(heading) == "A tour in two minutes"
        driver.execute_script("document.querySelector('#lesson [data-does=next]').click()")
        settled(driver, "location.hash.includes('lesson=tour.2')")
        driver = page("#lesson=6.1")
        assert "MeanFlow" in driver.execute_script(heading)
        settled(driver, "explorer.page.state.models.includes('meanflow')")
        languages = driver.execute_script("return [...document.querySelectorAll('#lesson option')].map((o) => o.value)")
        for name in languages[1:]:
            driver.execute_script(
                "const s = document.querySelector('#lesson select'); s.value = arguments[0];"
                "s.dispatchEvent(new Event('change'))",
                name,
            )
            assert driver.execute_script(heading) == lessons()[name]["lessons"]["6"]["title"]
        driver.execute_script("document.querySelector('#lesson [data-does=list]').click()")
        listed = driver.find_elements("css selector", "#lesson [data-part=lessons] button")
        assert len(listed) == len(lessons()["en"]["lessons"])
        assert re.search(r"2/8", listed[0].text), "how far the tour has come"
        listed[3].click()
        assert driver.execute_script(heading) != ""
    finally:
        browser.undo_tour = [no_tour(browser)]
