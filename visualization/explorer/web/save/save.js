// The menu "Save": the stage as PNG, as SVG or as a film, under names that say what they show.

import { page, tell, world } from "../app.js";
import { download, find } from "../controls.js";
import { film, refusal } from "./film.js";
import { moment, sheet } from "./sheet.js";
import { SvgContext } from "./svg.js";

const SHARP = 2; // pixels of a PNG for one of the page

export const saving = {
  start() {
    find("png").addEventListener("click", () => picture().toBlob((blob) => keep(blob, "png")));
    find("svg").addEventListener("click", () => keep(new Blob([drawing()], { type: "image/svg+xml" }), "svg"));
    const button = find("film"),
      why = refusal();
    button.disabled = Boolean(why);
    button.title = why || "Flow time from noise to data, once, as WebM";
    button.addEventListener("click", record);
  },

  /** For tests and for the benchmark. */
  picture,
  drawing,
  film,
};

/** The stage as a canvas, twice as sharp as the page. */
export function picture(sharp = SHARP) {
  const { width, height, draw } = sheet(),
    canvas = document.createElement("canvas"),
    g = canvas.getContext("2d");
  Object.assign(canvas, { width: Math.round(sharp * width), height: Math.round(sharp * height) });
  g.scale(sharp, sharp);
  draw(g);
  return canvas;
}

/** The stage as the text of an SVG file. */
export function drawing() {
  const { width, height, draw } = sheet(),
    g = new SvgContext(width, height);
  draw(g);
  return g.text(`${world().content.dataset}: ${page.state.models.join(", ")}, ${moment()}`);
}

async function record() {
  const button = find("film");
  button.disabled = true;
  try {
    const blob = await film((share) => tell(`Recording: ${Math.round(100 * share)} %`));
    keep(blob, "webm");
  } catch (error) {
    tell(`No film: ${error.message}`);
  }
  button.disabled = false;
}

/** gen_study_2d_fm-meanflow_t0.40_epoch200.png; a film has no one time. */
export function fileName(ending) {
  const { dim, models, time, epoch } = page.state,
    who = models.length > 4 ? `${models.length}-models` : models.join("-"),
    when = ending === "webm" ? "" : `_t${time.toFixed(2)}`;
  return `gen_study_${dim}d_${who}${when}_epoch${epoch}.${ending}`;
}

function keep(blob, ending) {
  const name = fileName(ending);
  download(blob, name);
  find("save").open = false;
  tell(`${name} is saved.`);
}
