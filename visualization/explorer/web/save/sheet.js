// The stage as one sheet: title, time, sampler, numbers, panels and legend. It draws on a canvas or on an SvgContext.

import { features, page, world } from "../app.js";
import { find } from "../controls.js";
import { colors, glyph, LAYERS } from "../palette.js";
import { sampler, sentence } from "../stage/caption.js";

const EDGE = 16,
  TITLE = 52,
  HEAD = 40, // of a panel: its name and its number
  LINE = 20; // of the legend
const MARKS = "○ z: noise point · ● where the model sends it · × exact answer · ■ x: data point · ▲ ẑ: x encoded · small ● x̂: ẑ decoded";

/** {width, height, draw(g)}: what is on the stage now, in pixels of the page. */
export function sheet() {
  const { panels } = page,
    { height: h } = panels[0].space,
    tops = [...new Set(panels.map(({ root }) => root.offsetTop))], // of the rows
    { type } = panels[0], // the page's pixels to one of a panel
    width = Math.max(520, 2 * EDGE + find("panels").clientWidth / type),
    below = TITLE + tops.length * (h + HEAD + EDGE),
    legend = arranged(width - 2 * EDGE);
  const height = below + (legend.rows + 1) * LINE + EDGE;
  const draw = (g) => {
    const c = colors();
    g.fillStyle = c.paper;
    g.fillRect(0, 0, width, height);
    words(g, c, heading(), EDGE, 24, 16, 600);
    words(g, c, moment(), EDGE, 43, 13);
    for (const panel of panels) {
      const { offsetLeft, offsetTop } = panel.root;
      piece(g, c, panel, EDGE + offsetLeft / type, TITLE + tops.indexOf(offsetTop) * (h + HEAD + EDGE));
    }
    drawLegend(g, c, legend.places, below);
    words(g, c, MARKS, EDGE, below + legend.rows * LINE + 14, 12, 400, width - 2 * EDGE);
  };
  return { width, height, draw };
}

const heading = () => `Gen_Study: ${world().content.dataset}`;

/** What the state is, in one line. */
export function moment() {
  const { state } = page;
  const epoch = world().content.edited ? "" : ` · epoch ${state.epoch}`;
  return `flow time t = ${state.time.toFixed(2)}${epoch} · ${page.panels[0].crowd.n} particles`;
}

/** One panel with its head. */
function piece(g, c, panel, x, y) {
  const { width, height } = panel.space;
  words(g, c, panel.model.entry.title, x, y + 14, 14, 600, width);
  g.font = font(14, 600);
  const room = width - g.measureText(panel.model.entry.title).width - 8;
  words(g, c, sampler(panel), x + width - room, y + 14, 12.5, 400, room);
  words(g, c, sentence(panel), x, y + 32, 12.5, 400, width);
  g.save();
  g.translate(x, y + HEAD);
  g.beginPath();
  g.rect(0, 0, width, height);
  g.clip();
  panel.paintBack(g, c);
  for (const feature of features) feature.back?.(panel, g, c);
  panel.paintFront(g, c);
  for (const feature of features) feature.front?.(panel, g, c);
  g.restore();
  g.strokeStyle = c.frame;
  g.lineWidth = 1;
  g.strokeRect(x, y + HEAD, width, height);
}

/** The signs of the layers that are shown, each with its place. */
function arranged(width) {
  const places = [];
  let x = 0,
    row = 0;
  for (const name of Object.keys(LAYERS).filter((each) => page.state.layers.has(each))) {
    const needed = 26 + 7.2 * LAYERS[name][0].length + 18;
    if (x && x + needed > width) [x, row] = [0, row + 1];
    places.push([name, x, row]);
    x += needed;
  }
  return { places, rows: places.length ? row + 1 : 0 };
}

function drawLegend(g, c, places, y) {
  for (const [name, x, row] of places) {
    const [title, meaning, shape] = LAYERS[name];
    g.save();
    g.translate(EDGE + x, y + row * LINE);
    glyph(g, meaning, shape, c);
    g.restore();
    words(g, c, title, EDGE + x + 26, y + row * LINE + 11, 12.5);
  }
}

const font = (size, weight) => `${weight} ${size}px system-ui, sans-serif`;

/** Text; what is wider than `room` gets smaller letters. */
function words(g, c, text, x, y, size, weight = 400, room = Infinity) {
  g.font = font(size, weight);
  const wide = g.measureText(text).width;
  if (wide > room) g.font = font((size * room) / wide, weight);
  g.textAlign = "left";
  g.textBaseline = "alphabetic";
  g.fillStyle = c.exact;
  g.fillText(text, x, y);
}
