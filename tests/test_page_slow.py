"""A training step in slow motion: every model's five stages, with the values of its real loss."""

from copy import deepcopy

import numpy as np
import pytest
import torch

from data.exact import ExactFlow
from data.synthetic import target
from models import MODELS
from tests.explorer import settled
from training.targets import Pairs, mean_of_points, squared_distances

WALK = """
const [names] = arguments, found = {};
const card = document.querySelector("#look-slow"), part = (name) => card.querySelector(`[data-part=${name}]`);
for (const name of names) {
  const choice = part("models");
  if (![...choice.options].some(({ value }) => value === name)) continue;
  choice.value = name;
  choice.dispatchEvent(new Event("change"));
  const stages = [];
  for (let k = 0; k < 5; k++) {
    part("steps").children[k].click();
    stages.push({
      title: part("title").textContent, words: part("words").textContent, numbers: part("numbers").textContent,
      lit: card.querySelectorAll(".whole .lit").length, now: card.querySelectorAll(".whole .now").length,
      wide: [...card.querySelectorAll(".formula")]
        .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent),
    });
  }
  const { batch, ...facts } = explorer.closer.facts(),
    plain = ({ numbers, z, times }) => ({ numbers, z: [...z], times: times.map((t) => [...t]) });
  for (const name of ["model", "settings", "members"]) delete facts[name];
  found[name] = { stages, facts: { ...facts, batch: plain(batch) } };
}
return [found, part("refused").textContent];
"""


NAMED = ("mean", "value", "target", "tangent", "residual")


@pytest.mark.parametrize("dim", [1, 2])
def test_five_stages_of_every_model(dim, page, runs):
    driver = page(f"#dim={dim}&models={','.join(MODELS)}&time=1&slow=fm,1,3")
    settled(driver, "document.querySelector('#look-slow [data-part=steps]')")
    found, refused = driver.execute_script(WALK, list(MODELS))
    assert set(found) == set(MODELS) - {"nflow"} and "Normalising flow" in refused, refused
    by_name = {run.settings["model"]: run for run in runs[dim]}
    for name, each in found.items():
        titles = [stage["title"] for stage in each["stages"]]
        assert len(set(titles)) == 5, name
        lit = [stage["lit"] for stage in each["stages"]]
        assert lit == sorted(lit) and lit[0] < lit[-1] and all(stage["now"] for stage in each["stages"][1:]), name
        assert all(stage["words"] and "NaN" not in stage["numbers"] for stage in each["stages"]), name
        wide = {text for stage in each["stages"] for text in stage["wide"]}
        assert not wide, f"{name}: wider than the card"
        assert np.all(np.isfinite(each["facts"]["value"])) and np.all(np.isfinite(each["facts"]["after"])), name
    facts = found["fm"]["facts"]
    x, z, (t,) = np.array(facts["x"]), np.array(facts["z"]), facts["times"]
    assert np.allclose(facts["state"], t * x + (1 - t) * z, atol=1e-5)
    assert np.allclose(facts["conditional"], x - z, atol=1e-5)
    law = target({1: "two_gaussians_1d", 2: "two_gaussians"}[dim])
    assert np.allclose(facts["exact"], ExactFlow(law).velocity(np.array([facts["state"]]), t)[0], atol=1e-3)
    for name, each in found.items():
        loss, moved = loss_and_step(by_name[name], name, each["facts"])
        assert each["facts"]["error"][0] == pytest.approx(loss, rel=1e-3, abs=1e-5), name
        assert each["facts"]["errorAfter"][0] == pytest.approx(moved, rel=1e-2, abs=1e-4), name
        assert moved != pytest.approx(loss, rel=1e-4), f"{name}: the step moved nothing"
    for name in ("meanflow", "imf", "backflow", "facm"):
        own = {key: np.array(value) for key, value in found[name]["facts"].items() if key in NAMED}
        start, end = [*found[name]["facts"]["times"], 1.0][:2]
        assert np.allclose(own["target"], own["mean"] - (start - end) * own["tangent"], atol=2e-3), name
        assert np.allclose(own["residual"], own["value"] - own["target"], atol=1e-4), name
    run = by_name["fm"]
    data = run.data[:1]
    place = int((data[0] - torch.tensor(x, dtype=torch.float32)).norm(dim=-1).argmin())
    noise, level = torch.zeros_like(data), torch.full((1, data.shape[1], 1), 0.5)
    noise[0, place], level[0, place] = torch.tensor(z), 1 - t
    mean_x, mean_z = mean_of_points(data, noise, level, squared_distances(data))
    wanted = (mean_x - mean_z)[0, place].numpy()
    assert np.allclose(facts["target"], wanted, atol=1e-3) and np.allclose(facts["mean"], wanted, atol=1e-3)
    with torch.no_grad():
        state = torch.tensor(facts["state"], dtype=torch.float32).expand(len(run.data), 1, dim)
        for name in ("fm", "otcfm", "reflow"):
            own = torch.tensor(found[name]["facts"]["state"], dtype=torch.float32).expand_as(state)
            time = found[name]["facts"]["times"][0]
            v = by_name[name].model.velocity(own, torch.full((len(own), 1, 1), time))[0, 0]
            assert np.allclose(found[name]["facts"]["value"], v, atol=1e-4), name
        for name in ("meanflow", "imf", "backflow"):
            facts = found[name]["facts"]
            own = torch.tensor(facts["state"], dtype=torch.float32).expand_as(state)
            t, r = (torch.full((len(own), 1, 1), each) for each in facts["times"][:2])
            assert np.allclose(facts["value"], by_name[name].model.u(own, r, t)[0, 0], atol=1e-4), name


def loss_and_step(run, name, facts):
    """The first sample's loss before and after Adam's first step, by PyTorch."""
    model, batch, data = deepcopy(run.model).requires_grad_(), facts["batch"], run.data[:1]
    order, dim = torch.tensor(batch["numbers"])[None], data.shape[-1]
    z = torch.tensor(batch["z"], dtype=torch.float32).reshape(1, -1, dim)
    times = [torch.tensor(t, dtype=torch.float32)[None, :, None] for t in batch["times"]]
    pairs = Pairs(model, data)(order, z, *times)
    if name == "reflow":  # its pairs are those of the page's exact flow: only the first one is known here
        pairs = [torch.tensor(facts[letter], dtype=torch.float32).expand_as(z) for letter in ("x", "z")]
    pair = model.pair(*pairs)

    def errors():
        return model.loss(*(each.expand(len(run.data), -1, -1) for each in (*pair, *times)))[0]

    before = errors()
    (before.mean() if name == "drifting" else before[0]).backward()
    with torch.no_grad():
        for weight in model.parameters():
            weight -= run.settings["lr"] * weight.grad / (weight.grad.abs() + 1e-8)  # Adam's first step
    return before[0].item(), errors()[0].item()


def test_a_step_is_walked_by_keys_and_shared(page):
    driver = page("#dim=2&models=fm,meanflow&time=1&slow=meanflow,2,5")
    settled(driver, "document.querySelector('#look-slow [data-part=title]')?.textContent.startsWith('2 of 5')")
    press = (
        "const panel = explorer.panel('meanflow').front; panel.focus();"
        "panel.dispatchEvent(new KeyboardEvent('keydown', { key: arguments[0], bubbles: true, cancelable: true }))"
    )
    before = driver.execute_script("return explorer.closer.facts().z")
    for key in ("n", "n", "b"):
        driver.execute_script(press, key)
    settled(driver, "document.querySelector('#look-slow [data-part=title]').textContent.startsWith('3 of 5')")
    driver.execute_script(press, "ArrowRight")
    assert driver.execute_script("return explorer.closer.facts().z") == pytest.approx([before[0] + 0.1, before[1]])
    settled(driver, "location.hash.includes('slow=meanflow,3,5')")
    driver.execute_script(press, "p")
    assert driver.execute_script("return explorer.closer.facts().z") != pytest.approx(before, abs=1e-3)
