// A drawing context that writes SVG: it knows what the page's drawings use of a canvas, and keeps text as text.

const KEPT = ["fillStyle", "strokeStyle", "lineWidth", "globalAlpha", "font", "textAlign", "textBaseline"];
KEPT.push("lineCap", "lineJoin", "dash", "dx", "dy", "clipped");
const ANCHORS = { left: "start", start: "start", center: "middle", right: "end", end: "end" };
const BASES = { alphabetic: 0, middle: 0.34, top: 0.8 }; // of the letters' size, from the place to the base line
const round = (v) => Number(v.toFixed(2));
const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

export class SvgContext {
  constructor(width, height) {
    Object.assign(this, { width, height, items: [], stack: [], path: "", started: false, clips: 0 });
    Object.assign(this, { fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, globalAlpha: 1, dx: 0, dy: 0 });
    Object.assign(this, { font: "10px sans-serif", textAlign: "left", textBaseline: "alphabetic", dash: [] });
    Object.assign(this, { lineCap: "butt", lineJoin: "miter", clipped: "", imageSmoothingEnabled: true });
    this.ruler = document.createElement("canvas").getContext("2d");
  }

  /** The whole file. */
  text(title) {
    const { width, height } = this;
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${round(height)}" width="${round(width)}" ` +
      `height="${round(height)}">\n<title>${escaped(title)}</title>\n${this.items.join("\n")}\n</svg>\n`
    );
  }

  save() {
    this.stack.push(Object.fromEntries(KEPT.map((name) => [name, this[name]])));
  }

  restore() {
    Object.assign(this, this.stack.pop());
  }

  translate(x, y) {
    this.dx += x;
    this.dy += y;
  }

  setLineDash(dash) {
    this.dash = dash;
  }

  measureText(text) {
    this.ruler.font = this.font;
    return this.ruler.measureText(text);
  }

  // ---- paths

  beginPath() {
    this.path = "";
    this.started = false; // whether a line would go on from somewhere
  }

  moveTo(x, y) {
    this.path += `M${this.place(x, y)}`;
    this.started = true;
  }

  lineTo(x, y) {
    this.path += `${this.started ? "L" : "M"}${this.place(x, y)}`;
    this.started = true;
  }

  closePath() {
    this.path += "Z";
  }

  rect(x, y, w, h) {
    this.path += `M${this.place(x, y)}h${round(w)}v${round(h)}h${round(-w)}Z`;
  }

  arc(x, y, r, from, to) {
    this.ellipse(x, y, r, r, 0, from, to);
  }

  /** Clockwise from one angle to the next; in two halves if it is whole. */
  ellipse(x, y, rx, ry, turn, from, to) {
    const [c, s] = [Math.cos(turn), Math.sin(turn)],
      at = (angle) => {
        const [u, v] = [rx * Math.cos(angle), ry * Math.sin(angle)];
        return this.place(x + c * u - s * v, y + s * u + c * v);
      },
      middle = (from + to) / 2,
      bend = (angle) => `A${round(rx)} ${round(ry)} ${round((turn * 180) / Math.PI)} 0 1 ${at(angle)}`;
    this.path += `${this.started ? "L" : "M"}${at(from)}${bend(middle)}${bend(to)}`;
    this.started = true;
  }

  stroke() {
    if (this.path) this.add("path", { d: this.path, ...this.line() });
  }

  fill(rule) {
    if (this.path) this.add("path", { d: this.path, fill: this.fillStyle, ...(rule && { "fill-rule": rule }) });
  }

  /** What is drawn from now on is seen within the path only. */
  clip() {
    const id = `clip${++this.clips}`;
    this.items.push(`<clipPath id="${id}"${this.clipped}><path d="${this.path}"/></clipPath>`);
    this.clipped = ` clip-path="url(#${id})"`;
  }

  // ---- what is drawn at once

  fillRect(x, y, w, h) {
    this.add("rect", { ...this.box(x, y, w, h), fill: this.fillStyle });
  }

  strokeRect(x, y, w, h) {
    this.add("rect", { ...this.box(x, y, w, h), ...this.line() });
  }

  /** A new sheet has nothing to clear. */
  clearRect() {}

  fillText(text, x, y) {
    this.letters(text, x, y, { fill: this.fillStyle });
  }

  strokeText(text, x, y) {
    this.letters(text, x, y, { ...this.line(), "aria-hidden": "true" });
  }

  drawImage(canvas, x, y, w, h) {
    this.add("image", { ...this.box(x, y, w, h), preserveAspectRatio: "none", href: canvas.toDataURL() });
  }

  // ---- how it is written

  letters(text, x, y, look) {
    const size = Number(/([\d.]+)px/.exec(this.font)[1]),
      [u, v] = [x + this.dx, y + this.dy + BASES[this.textBaseline] * size];
    const at = { x: round(u), y: round(v), style: `font:${this.font}`, "text-anchor": ANCHORS[this.textAlign] };
    this.add("text", { ...at, ...look }, escaped(text));
  }

  line() {
    const look = { fill: "none", stroke: this.strokeStyle, "stroke-width": round(this.lineWidth) };
    if (this.dash.length) look["stroke-dasharray"] = this.dash.map(round).join(" ");
    if (this.lineCap !== "butt") look["stroke-linecap"] = this.lineCap;
    if (this.lineJoin !== "miter") look["stroke-linejoin"] = this.lineJoin;
    return look;
  }

  box(x, y, width, height) {
    return { x: round(x + this.dx), y: round(y + this.dy), width: round(width), height: round(height) };
  }

  place(x, y) {
    return `${round(x + this.dx)} ${round(y + this.dy)}`;
  }

  add(name, attributes, inner = "") {
    const all = this.globalAlpha < 1 ? { ...attributes, opacity: round(this.globalAlpha) } : attributes,
      list = Object.entries(all).map(([key, value]) => ` ${key}="${escaped(value)}"`);
    this.items.push(`<${name}${list.join("")}${this.clipped}>${inner}</${name}>`);
  }
}
