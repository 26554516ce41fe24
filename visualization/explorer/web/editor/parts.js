// What data or a source are: a named set, a mixture, or points; each with its law, its words and its form in an address.

import { standard } from "../mixture.js";
import { bytes } from "../nets.js";
import { componentsOf, FAR, lawOf, MOST, SDS, tidy } from "./components.js";
import { mixtureOf } from "./points.js";

const LONGEST = 60_000; // letters of an address that holds points: some 3,000 of them
const MOST_ROWS = 20_000;

/** {dim: {name: law}} of the named data sets in the file. */
export function unpacked(datasets) {
  const numbers = (text) => [...new Float64Array(bytes(text).buffer)],
    rows = (flat, size) => Array.from({ length: flat.length / size }, (_, k) => flat.slice(k * size, (k + 1) * size));
  return Object.fromEntries(
    Object.entries(datasets ?? {}).map(([dim, named]) => {
      const D = Number(dim),
        law = ({ weights, means, covariances }) => {
          const found = rows(numbers(means), D),
            C = rows(numbers(covariances), D * D).map((flat) => rows(flat, D));
          return {
            weights: weights ? numbers(weights) : found.map(() => 1 / found.length),
            means: found,
            covariances: C.length === 1 ? found.map(() => C[0]) : C,
          };
        };
      return [D, Object.fromEntries(Object.entries(named).map(([name, packed]) => [name, law(packed)]))];
    }),
  );
}

export const gaussian = (dim) => ({ kind: "gaussian", law: standard(dim) });
export const named = (name, law) => ({ kind: "named", name, law });

/** A law of the file: a named one, N(0, I), or one without a name. */
export function shippedPart(law, sets) {
  const same = (other) => JSON.stringify(other) === JSON.stringify(law),
    name = Object.keys(sets).find((each) => same(sets[each]));
  if (same(standard(law.means[0].length))) return gaussian(law.means[0].length);
  return named(name ?? "", law);
}

export function mixture(components) {
  return { kind: "mixture", components, law: lawOf(components) };
}

/** Points as Python reads them from a file; an Error says why they are none. */
export function points(rows, names) {
  if (rows.length > MOST_ROWS)
    throw new Error(`has ${rows.length.toLocaleString("en")} points; this page takes 20,000`);
  return { kind: "points", rows, names, ...mixtureOf(rows, names) };
}

/** The components to edit: those of a mixture, or of any other law that has few. */
export function editable(part) {
  if (part.kind === "mixture") return part.components;
  return part.law.weights.length <= MOST && part.kind !== "points" ? componentsOf(part.law) : null;
}

export const title = (name) => name.replace(/_1d$/, "").replaceAll("_", " ").replace("gauss", "Gauss");

/** What a part is called. */
export function words(part) {
  if (part.kind === "named") return title(part.name) || "data of this file";
  if (part.kind === "gaussian") return "N(0, I)";
  const n = part.kind === "points" ? part.rows.length : part.components.length;
  if (part.kind === "points") return `${n.toLocaleString("en")} points of your own`;
  return n === 1 ? "a Gaussian of your own" : `${n} Gaussians of your own`;
}

// ---- addresses -----------------------------------------------------------------------------------------------------

/** A part as a short text; "" if it does not fit. */
export function write(part) {
  if (part.name === "") return "";
  const text = { gaussian: () => "n:gaussian", named: () => `n:${part.name}`, mixture: ofMixture, points: ofPoints }[
    part.kind
  ](part);
  return text.length > LONGEST ? "" : text;
}

const ofMixture = ({ components }) =>
  `m:${components.map(({ w, at, sds, turn }) => [w, ...at, ...sds, ...(at.length > 1 ? [turn] : [])].join()).join(";")}`;
const ofPoints = ({ rows }) => `p:${rows.map((row) => row.join()).join(";")}`.replaceAll("+", "");

/** The part that a text means in a dimension; null for anything else. */
export function read(text, dim, datasets) {
  const [, kind, rest] = /^([nmp]):(.*)$/.exec(text ?? "") ?? [];
  if (kind === "n" && rest === "gaussian") return gaussian(dim);
  if (kind === "n") return Object.hasOwn(datasets[dim] ?? {}, rest) ? named(rest, datasets[dim][rest]) : null;
  if (!rest || text.length > LONGEST) return null;
  const rows = rest
      .split(";")
      .map((row) => row.split(",").map((v) => (/^-?[\d.]+(e-?\d+)?$/.test(v) ? Number(v) : NaN))),
    width = kind === "p" ? dim : dim === 1 ? 3 : 6;
  if (!rows.every((row) => row.length === width && row.every(Number.isFinite))) return null;
  try {
    return kind === "p" ? points(rows) : ofRows(rows, dim);
  } catch {
    return null; // too few points, or all the same
  }
}

function ofRows(rows, dim) {
  const sound = ([w, ...rest]) =>
    w > 0 &&
    w <= 1 &&
    rest.slice(0, dim).every((v) => Math.abs(v) <= FAR) &&
    rest.slice(dim, 2 * dim).every((v) => v > 0 && v <= SDS[1]);
  if (rows.length > MOST || !rows.every(sound)) return null;
  return mixture(
    rows.map(([w, ...rest]) =>
      tidy({ w, at: rest.slice(0, dim), sds: rest.slice(dim, 2 * dim), turn: rest[2 * dim] ?? 0 }),
    ),
  );
}
