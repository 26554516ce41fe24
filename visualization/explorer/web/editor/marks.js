// What the editor draws on a panel besides handles.

/** Points that were drawn and are not used yet. */
export function dots(g, c, space, rows, side) {
  g.fillStyle = side === "source" ? c.prior_z : c.data_x;
  g.strokeStyle = c.paper;
  g.lineWidth = 1.5;
  for (const row of rows) {
    g.beginPath();
    const [u, v] = space.at(row, 0, side === "source" ? 0 : 1);
    g.rect(u - 4, v - 4, 8, 8);
    g.fill();
    g.stroke();
  }
}

/** Cover a panel whose model knows nothing of what is being dragged. */
export function cover(g, c, { width, height }, text) {
  g.fillStyle = c.paper;
  g.fillRect(0, 0, width, height);
  g.fillStyle = c.exact;
  g.font = "13px system-ui, sans-serif";
  g.textAlign = "center";
  g.fillText(text, width / 2, height / 2, width - 12);
}
