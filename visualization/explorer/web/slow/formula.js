// Formulas as MathML, written as text: v_θ(x_t, t) and so on. ⟨3|…⟩ is a term that appears in stage 3, \name is upright,
// \frac{a}{b} a fraction; _ and ^ lower and raise the next sign or {group}; brackets grow with a fraction.

const SPACE = "http://www.w3.org/1998/Math/MathML",
  SIGNS = /\\[A-Za-z]+|⟨\d\||\d+(?:\.\d+)?|\p{L}\p{M}*|\S/gu,
  CLOSES = { "(": ")", "‖": "‖", "{": "}", "[": "]" };

/** A <math> element; its terms get the ids prefix-1, prefix-2, ..., if there is a prefix. */
export function formula(text, prefix = "") {
  const rest = text.match(SIGNS).reverse(),
    counts = {};
  const named = (stage) =>
    prefix ? `${prefix}-${stage}${(counts[stage] = (counts[stage] ?? 0) + 1) > 1 ? `-${counts[stage]}` : ""}` : "";
  return element("math", [element("mrow", row(rest, null, named))]);
}

function element(name, children, attributes = {}) {
  const made = document.createElementNS(SPACE, name);
  made.append(...children);
  for (const [key, value] of Object.entries(attributes)) if (value) made.setAttribute(key, value);
  return made;
}

/** All up to a closing sign. */
function row(rest, end, named) {
  const items = [];
  while (rest.length) {
    if (rest.at(-1) === end) {
      rest.pop();
      break;
    }
    let item = atom(rest, named);
    const scripts = {};
    while ("_^".includes(rest.at(-1) ?? " ")) scripts[rest.pop()] = atom(rest, named);
    const [low, high] = [scripts._, scripts["^"]];
    if (low && high) item = element("msubsup", [item, low, high]);
    else if (low || high) item = element(low ? "msub" : "msup", [item, low ?? high]);
    items.push(item);
  }
  return items;
}

function atom(rest, named) {
  const sign = rest.pop();
  if (sign === "\\frac") return element("mfrac", [atom(rest, named), atom(rest, named)]);
  if (sign.startsWith("\\")) return element("mi", [sign.slice(1)], { mathvariant: "normal" });
  if (sign.startsWith("⟨")) {
    const stage = sign[1];
    return element("mrow", row(rest, "⟩", named), { "data-stage": stage, id: named(stage) });
  }
  if (sign in CLOSES) {
    const inner = row(rest, CLOSES[sign], named),
      tall = inner.some((each) => each.localName === "mfrac" || each.querySelector("mfrac"));
    const bracket = (which) => operator(which, tall); // around anything else some fonts would make them far too tall
    return element("mrow", sign === "{" ? inner : [bracket(sign), ...inner, bracket(CLOSES[sign])]);
  }
  if (/^\d/.test(sign)) return element("mn", [sign]);
  return /^\p{L}/u.test(sign) ? element("mi", [sign]) : operator(sign);
}

function operator(sign, tall = false) {
  return element("mo", [sign === "-" ? "−" : sign], { stretchy: String(tall) });
}
