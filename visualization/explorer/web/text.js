// How numbers are written, as everywhere: mirrors evaluation/labels.py.

/** Three significant digits: 0.230, 12.7, 2.8e-6. */
export function number(value, digits = 3) {
  if (!Number.isFinite(value)) return "not finite";
  const n = places(value, digits);
  if (value === 0) return "0";
  return n >= -6 && n <= 6 ? fixed(value, Math.max(n, 0)) : powers(value, Math.min(digits, 2));
}

/** A mean and its standard deviation with the same decimals: 0.230 ± 0.019. */
export function plusMinus(mean, sd) {
  if (!Number.isFinite(mean) || !Number.isFinite(sd)) return number(mean);
  const n = Math.min(places(sd, 2), Math.max(places(mean, 3), places(sd, 1)));
  if (mean && sd && n >= 0 && n <= 5) return `${fixed(mean, n)} ± ${fixed(sd, n)}`;
  const text = number(mean);
  return `${text} ± ${sd && text.includes("e") ? powers(sd, 1) : number(sd, 1)}`;
}

/** How many network evaluations, in words. */
export function evaluations(n) {
  return `${n} evaluation${n > 1 ? "s" : ""}`;
}

function places(value, digits) {
  return value ? digits - 1 - Number(value.toExponential(digits - 1).split("e")[1]) : 0;
}

/** toFixed, but what lies halfway between two numbers goes to the even one, as in Python. */
function fixed(value, n) {
  const exact = value.toFixed(80),
    cut = exact.length - 80 + n,
    down = n ? exact.slice(0, cut) : exact.slice(0, cut - 1);
  return /^50*$/.test(exact.slice(cut)) && /[02468]$/.test(down) ? down : value.toFixed(n);
}

function powers(value, digits) {
  return value.toExponential(digits - 1).replace("e+", "e");
}
