// Small arrays for the losses. A batch of n samples is flat and goes by feature: x is (D, n), a time t (n). So several
// features in a row are one array, and a time belongs to every row of it.

/** f of every number of up to four arrays; one of n numbers is used again for every row of the others, a number for all. */
export function map(f, ...arrays) {
  const lengths = arrays.map((a) => a.length ?? 0).filter((length) => length),
    n = Math.min(...lengths),
    size = Math.max(...lengths),
    result = new Float32Array(size),
    [a, b, c, d] = arrays.map((array) => rows(array, n, size));
  // one loop per number of arguments, since missing ones would cost more than f does
  if (d) for (let k = 0; k < size; k++) result[k] = f(a[k], b[k], c[k], d[k]);
  else if (c) for (let k = 0; k < size; k++) result[k] = f(a[k], b[k], c[k]);
  else if (b) for (let k = 0; k < size; k++) result[k] = f(a[k], b[k]);
  else for (let k = 0; k < size; k++) result[k] = f(a[k]);
  return result;
}

/** An array, or a number, in the length of the longest. */
function rows(array, n, length) {
  if (array.length === length) return array;
  const result = new Float32Array(length);
  if (array.length === undefined) return result.fill(array);
  for (let k = 0; k < length; k += n) result.set(array, k);
  return result;
}

/** Rows below each other: the input of a network. A number stands for a row of it. */
export function join(...parts) {
  const n = Math.min(...parts.filter((part) => part.length).map((part) => part.length)),
    result = new Float32Array(n * parts.reduce((sum, part) => sum + (part.length ?? n) / n, 0));
  let k = 0;
  for (const part of parts) {
    if (part.length === undefined) result.fill(part, k, k + n);
    else result.set(part, k);
    k += part.length ?? n;
  }
  return result;
}

/** A row of one number, as long as another. */
export const row = (value, like) => new Float32Array(like.length).fill(value);

/** Two batches of the same rows as one. */
export function beside(a, b, count) {
  const [m, n] = [a.length / count, b.length / count],
    result = new Float32Array(a.length + b.length);
  for (let row = 0; row < count; row++) {
    result.set(a.subarray(row * m, (row + 1) * m), row * (m + n));
    result.set(b.subarray(row * n, (row + 1) * n), row * (m + n) + m);
  }
  return result;
}

/** Columns from..to of a table with that many rows. */
export function columns(table, count, from, to) {
  const n = table.length / count,
    result = new Float32Array(count * (to - from));
  for (let row = 0; row < count; row++) result.set(table.subarray(row * n + from, row * n + to), row * (to - from));
  return result;
}

/** Columns in another order: column k of the result is column order[k]. */
export function along(table, count, order) {
  const n = table.length / count,
    result = new Float32Array(count * order.length);
  for (let row = 0, k = 0; row < count; row++) for (const column of order) result[k++] = table[row * n + column];
  return result;
}

/** (rows, columns) -> (columns, rows). Points of the page are (n, D), those of training (D, n). */
export function transposed(table, rows) {
  const n = table.length / rows,
    result = new Float32Array(table.length);
  for (let row = 0, k = 0; row < rows; row++) for (let p = 0; p < n; p++) result[p * rows + row] = table[k++];
  return result;
}

/** |g|² of every column of g, which has n columns. */
export function squares(g, n) {
  const result = new Float32Array(n);
  for (let k = 0; k < g.length; k++) result[k % n] += g[k] * g[k];
  return result;
}
