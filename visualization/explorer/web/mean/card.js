// The card of "Why a mean?": numbers of the chosen point, in words.

import { swatch, vector } from "../closer/draw.js";
import { number } from "../text.js";

const MOST = 5; // of the most probable that are listed

/** Build it once. choose(over): the switch between training points and modes. */
export function card(body, choose) {
  body.innerHTML = `<p>Many straight lines from noise to data pass through <i>x</i> at time <i>t</i>. A network sees only
      (<i>x</i>, <i>t</i>), not the line it is on, so its best answer is the <b>mean</b> of their velocities.</p>
    <p class="place" aria-live="polite"></p>
    <div class="segments" role="group" aria-label="What passes through"><button type="button" value="points">training points</button><button type="button" value="modes">modes</button></div>
    <p class="members small"></p><div class="bars"></div>
    <table><thead><tr><th scope="col">Velocity there</th><th scope="col"></th><th scope="col">off by</th></tr></thead><tbody></tbody></table>
    <p class="floor-here"></p><p class="small refused"></p>
    <p class="small legend-line">${swatch("coupling_train", 1.4)} lines through <i>x</i>: the darker, the more probable ·
      arrows end where they would be at <i>t</i> = 1</p>
    <p class="small keys"></p>`;
  const parts = { body };
  for (const name of ["place", "members", "bars", "floor-here", "refused", "keys"])
    parts[name] = body.querySelector(`.${name}`);
  parts.rows = body.querySelector("tbody");
  parts.buttons = body.querySelectorAll(".segments button");
  for (const button of parts.buttons) button.addEventListener("click", () => choose(button.value));
  return parts;
}

/** Set it to what was found. */
export function fill(parts, { law, points, x, s, over, rows, world, late, off }) {
  const count = points.members.length;
  for (const button of parts.buttons) button.setAttribute("aria-pressed", String(button.value === over));
  parts.place.innerHTML = `<i>x</i> = ${vector(x)}, <i>t</i> = ${s.toFixed(2)}${late ? " (the last time shown: at 1 only one line is left)" : ""}`;
  members(parts, over === "points" ? points : law, over, world);
  const row = (look, title, v, far) =>
    `<tr><th scope="row">${look}${title}</th><td>${vector(v)}</td><td>${far === null ? "" : number(far, 2)}</td></tr>`;
  parts.rows.innerHTML = [
    row(swatch("exact"), "exact: mean over the law", law.mean, null),
    row(swatch("coupling_train", 2.5, "5 3"), `mean over the ${count} points`, points.mean, off),
  ].join("");
  for (const { title, v, off } of rows.filter(({ v }) => v)) {
    parts.rows.insertAdjacentHTML("beforeend", row(swatch("output_x_hat", 3), "<span></span>", v, off));
    parts.rows.lastChild.querySelector("th span").textContent = title;
  }
  floor(parts["floor-here"], law, points);
  parts.refused.textContent = rows
    .filter(({ why }) => why)
    .map(({ title, why }) => `${title} ${why}`)
    .join(" ");
  parts.keys.textContent =
    world.dim === 1
      ? "Click or drag on a panel. Keys there: ↑ ↓ value, ← → time, with Shift farther."
      : "Click or drag on a panel; the flow time is t. Keys there: arrows, with Shift farther; , and . for time.";
}

/** Who passes through, in words and as bars. */
function members(parts, { members, count }, over, { content }) {
  const percent = (share) => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
  if (over === "points") {
    const top = Math.max(...members.map(({ share }) => share));
    parts.members.textContent =
      `Posterior over ${members.length} training points: as spread out as ${number(count, 2)} equally probable ones; ` +
      `the most probable has ${percent(top)}.`;
    return parts.bars.replaceChildren();
  }
  const many = content.source.weights.length > 1,
    modes = content.target.weights.length;
  parts.members.textContent = many
    ? "Posterior over the pairs of a component of the source and a mode of the data:"
    : `Posterior over the ${modes === 1 ? "only mode" : `${modes} modes`} of the data:`;
  const best = [...members.entries()].sort(([, a], [, b]) => b.share - a.share).slice(0, MOST);
  parts.bars.innerHTML = best
    .map(([k, { share, velocity }]) => {
      const [i, j] = [Math.floor(k / modes), k % modes],
        name = `${many ? `${i + 1} → ` : ""}${vector(content.target.means[j], 1)}`;
      return `<div><span>${name}</span><i><i style="width: ${100 * share}%"></i></i><span>${percent(share)}</span><span>${vector(velocity)}</span></div>`;
    })
    .join("");
}

/** The variance of what passes through: no answer has a lower mean squared error there. */
function floor(text, law, points) {
  const n = (value) => number(value, 3);
  text.innerHTML =
    `<b>Loss floor here ${n(law.variance)}</b>: the variance of these velocities over the law, ` +
    `${n(law.within)} within the modes + ${n(law.between)} between them. ` +
    `Regressed on single pairs, even the exact arrow has this squared error. Over the training points it is ${n(points.variance)}.`;
}
