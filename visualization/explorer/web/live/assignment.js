// Which noise of a batch belongs to which of its data, at the least total squared distance; mirrors models/coupling.py.

import { along } from "./arrays.js";

/** The noise z (D, n) in the order that pairs it with x (D, n). */
export function optimalPairs(x, z, dim) {
  if (dim > 1) return along(z, dim, assigned(squaredDistances(x, z, dim), x.length / dim));
  const sorted = Float32Array.from(z).sort(),
    result = new Float32Array(z.length),
    order = Array.from(x.keys()).sort((a, b) => x[a] - x[b]);
  order.forEach((place, rank) => (result[place] = sorted[rank]));
  return result;
}

function squaredDistances(x, z, dim) {
  const n = x.length / dim,
    cost = new Float64Array(n * n);
  for (let d = 0; d < dim; d++)
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) cost[i * n + j] += (x[d * n + i] - z[d * n + j]) ** 2;
  return cost;
}

/** The column of each row at the least total cost (n, n): shortest augmenting paths (Jonker and Volgenant), O(n³). */
export function assigned(cost, n = Math.sqrt(cost.length)) {
  const [ofRow, ofColumn] = [new Float64Array(n), new Float64Array(n)], // prices
    rowOf = new Int32Array(n).fill(-1),
    columnOf = new Int32Array(n).fill(-1);
  for (let row = 0; row < n; row++) {
    const { before, column } = shortestPath(row, cost, n, ofRow, ofColumn, rowOf, columnOf);
    for (let j = column; j !== -1;) {
      const i = (rowOf[j] = before[j]);
      [columnOf[i], j] = [j, columnOf[i]];
    }
  }
  return columnOf;
}

/** From a free row to the nearest free column, by reduced costs; the prices are then brought up to date. */
function shortestPath(start, cost, n, ofRow, ofColumn, rowOf, columnOf) {
  const way = new Float64Array(n).fill(Infinity),
    before = new Int32Array(n),
    done = new Uint8Array(n),
    seen = [start];
  let [row, least, column] = [start, 0, -1];
  while (column < 0 || rowOf[column] >= 0) {
    if (column >= 0) seen.push((row = rowOf[column]));
    let next = -1;
    for (let j = 0; j < n; j++) {
      if (done[j]) continue;
      const length = least + cost[row * n + j] - ofRow[row] - ofColumn[j];
      if (length < way[j]) [way[j], before[j]] = [length, row];
      if (next < 0 || way[j] < way[next]) next = j;
    }
    [least, column] = [way[next], next];
    done[column] = 1;
  }
  for (const i of seen) ofRow[i] += i === start ? least : least - way[columnOf[i]];
  for (let j = 0; j < n; j++) if (done[j]) ofColumn[j] -= least - way[j];
  return { before, column };
}
