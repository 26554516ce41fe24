// Files and commands: the same data for Python, and data from files of the same kinds.

import { componentsOf, MOST } from "./components.js";
import { mixture, points } from "./parts.js";
import { readTable } from "./table.js";

export const MOST_BYTES = 2 ** 21;
const FIELDS = ["weights", "means", "covariances"];

/** The name of a part's file; "" if Python knows it by its name. */
export function fileName(part, side) {
  if (part.kind === "points") return `my_${side === "source" ? "source_" : ""}points.csv`;
  return part.kind === "mixture" ? `my_${side === "source" ? "source" : "data"}.json` : "";
}

/** The file's text: points as a table, a mixture as its weights, means and covariances, every digit of them. */
export function fileText(part) {
  if (part.kind === "points")
    return [part.names.map(quoted), ...part.rows].map((row) => row.join(",")).join("\n") + "\n";
  const { weights, means, covariances } = part.law,
    rows = { weights, means, covariances };
  return `{\n${FIELDS.map((name) => `  "${name}": ${JSON.stringify(rows[name])}`).join(",\n")}\n}\n`;
}

const quoted = (name) => (/[",]|^\s|^#/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);

/** The line that trains on the same data in Python. */
export function command({ target, source }, dim) {
  const is = (part, side) => fileName(part, side) || part.name || "YOUR_FILE";
  const parts = ["python main.py", `--dim ${dim}d`];
  if (dim === 2 || target.kind !== "named") parts.push(`--dataset ${is(target, "target")}`);
  if (source.kind !== "gaussian") parts.push(`--source ${is(source, "source")}`, "--model fm");
  return parts.join(" ");
}

/** The part in the text of a file or the clipboard; an Error says in one line why there is none. */
export function readText(text, dim) {
  if (text.length > MOST_BYTES) throw new Error("is larger than 2 MB; keep fewer points");
  if (/^\s*\{/.test(text)) return readMixture(text, dim);
  const { names, rows } = readTable(text);
  if (names.length !== dim)
    throw new Error(
      `has ${names.length === 1 ? "one column" : "two columns"}: that is data in ${names.length}D; choose ${names.length}D first`,
    );
  return points(rows, names);
}

/** A mixture's file, see data/laws.py. */
function readMixture(text, dim) {
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    throw new Error("is not JSON throughout");
  }
  const { weights, means, covariances } = found,
    size = Array.isArray(weights) ? weights.length : 0,
    finite = (list, n) => Array.isArray(list) && list.length === n && list.every(Number.isFinite);
  if (Object.keys(found).sort().join() !== [...FIELDS].sort().join() || !size)
    throw new Error("is no mixture: it needs weights, means and covariances, and nothing else");
  if (size > MOST) throw new Error(`has ${size} components; this page edits ${MOST}`);
  if (!finite(weights, size) || weights.some((w) => w <= 0))
    throw new Error("has a weight that is not a positive number");
  if (!Array.isArray(means) || means.length !== size || !means.every((mean) => finite(mean, dim)))
    throw new Error(`needs ${size} means of ${dim} number${dim > 1 ? "s" : ""} each in ${dim}D`);
  if (!Array.isArray(covariances) || covariances.length !== size || !covariances.every((C) => positive(C, dim)))
    throw new Error(`needs ${size} covariances, ${dim} by ${dim}, symmetric and positive definite`);
  const total = weights.reduce((a, b) => a + b, 0);
  return within({ weights: weights.map((w) => w / total), means, covariances });
}

function positive(C, dim) {
  if (
    !Array.isArray(C) ||
    C.length !== dim ||
    !C.every((row) => Array.isArray(row) && row.length === dim && row.every(Number.isFinite))
  )
    return false;
  if (dim === 1) return C[0][0] > 0;
  return C[0][0] > 0 && Math.abs(C[0][1] - C[1][0]) <= 1e-9 * C[0][0] && C[0][0] * C[1][1] > C[0][1] * C[1][0];
}

/** An Error if the page's limits would change a mixture by more than rounding. */
function within(law) {
  const components = componentsOf(law),
    off = (a, b) => Math.abs(a - b) > 1e-3 * (1 + Math.abs(b)),
    part = mixture(components),
    flat = ({ weights, means, covariances }) => [weights, means, covariances].flat(3);
  if (flat(part.law).some((v, i) => off(v, flat(law)[i])))
    throw new Error("has means beyond 20, or standard deviations below 0.05 or above 8, which this page cannot show");
  return part;
}
