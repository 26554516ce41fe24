// A table of points as people paste it: the same rules as data/dialect.py and data/tables.py without options, so what
// is open there is refused here. An Error's text continues a sentence that begins with the file's name.

const HEAD = 200; // rows that decide how a text is read; if they leave it open, all rows are used
const NUMBER = {
  // by its decimal mark
  ".": /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/,
  ",": /^[+-]?(?:\d+(?:,\d+)?|,\d+)(?:[eE][+-]?\d+)?$/,
};
const THOUSANDS = /^[+-]?[1-9]\d{0,2}([., ])\d{3}(\1\d{3})*([.,]\d*)?$/;
const INTEGER = /^[+-]?\d+$/;
const LIKE_A_NUMBER = /^(?:[+\-.,−–]*(\d|inf(inity)?$)|.*(?<![\p{L}\p{N}])\d+[.,]\d|(?=.*\d)[^\p{L}]+$)/iu;
const MISSING = new Set("|-|--|.|?|na|n/a|#n/a|nan|null|none|nil|n.a.|n.d.".split("|"));
const NOTHING = "\x1f"; // a delimiter that no table uses: one column
const DELIMITERS = { "\t": "tabs", ";": "semicolons", ",": "commas", " ": "spaces", [NOTHING]: "" };
const SURE = ["\t", ";"]; // if one of these splits all rows alike, commas and spaces belong to the cells

const missing = (cell) => MISSING.has(cell.toLowerCase());
const shown = (cell) => `“${cell.length <= 40 ? cell : `${cell.slice(0, 37)}...`}”`;
const counted = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;

/** {names, rows} of a text: rows of one or two numbers each. */
export function readTable(text) {
  if (text.includes("\0")) throw new Error("is not a text file");
  const best = decide(lines(text)),
    { width, headed, numeric, names } = best;
  if (width > 2) throw new Error(`has ${width} columns; keep one or two`);
  if (names?.includes(""))
    throw new Error("has a column without a name, perhaps an index saved with the data; remove it");
  const bad = numeric.indexOf(false);
  if (bad >= 0) throw new Error(`has text in column ${bad + 1}; keep columns of numbers`);
  const all = table(best.lines, best.delimiter);
  if (!all) throw new Error("is not a table throughout: a quotation mark is not closed");
  const blank = best.lines.find(([at, line]) => !line.trim() && at > all[0][0] && at < all.at(-1)[0]);
  if (blank) throw new Error(`has no values in line ${blank[0]}; delete the line`);
  return { names: names ?? numeric.map((_, i) => `column ${i + 1}`), rows: values(all.slice(Number(headed)), best) };
}

/** The lines that are not comments, with their numbers; # followed by text begins a comment. */
function lines(text) {
  return text
    .replace(/^\ufeff/, "")
    .split(/\r\n|\r|\n/)
    .map((line, i) => [i + 1, line])
    .filter(([, line]) => !/^\s*#+(\s|!|$)/.test(line));
}

/** Rows [line, cells] of lines that are not blank; null if quotation marks are wrong. */
function table(all, delimiter, most = Infinity) {
  const rows = [];
  for (const [at, line] of all) {
    if (rows.length >= most) break;
    const cells = split(delimiter === " " ? line.trim().split(/\s+/).join(" ") : line, delimiter);
    if (!cells) return null;
    if (cells.length > 1 || cells[0].trim()) rows.push([at, cells]);
  }
  return rows;
}

/** Cells of a line; in quotation marks a delimiter is text, and two of the marks are one. */
function split(line, delimiter) {
  const cells = [];
  let at = 0;
  for (;;) {
    while (delimiter !== " " && line[at] === " ") at++;
    let cell = "";
    if (line[at] === '"') {
      const close = /^"((?:[^"]|"")*)"/.exec(line.slice(at));
      if (!close || ![undefined, delimiter].includes(line[at + close[0].length])) return null;
      cell = close[1].replaceAll('""', '"');
      at += close[0].length;
    } else {
      const end = line.indexOf(delimiter, at);
      cell = line.slice(at, end < 0 ? undefined : end);
      at = end < 0 ? line.length : end;
    }
    cells.push(cell);
    if (at >= line.length) return cells;
    at += 1;
  }
}

/** The only possible reading. */
function decide(all) {
  let options = readings(all, Object.keys(DELIMITERS), HEAD);
  if (options.length > 1 && options[0].numeric.every(Boolean))
    options = readings(all, new Set(options.map(({ delimiter }) => delimiter)), Infinity);
  if (!options.length) throw new Error(noReading(all));
  if (options.length > 1) {
    const [one] = options,
      row = one.rows[Number(one.headed)];
    throw new Error(
      `can be read in two ways: line ${row[0]}, ${shown(row[1].join(one.delimiter))}, as ` +
        `${options.map(described).join(" or as ")}; write decimal points, and commas or tabs between columns`,
    );
  }
  const [best] = options;
  if (best.delimiter === NOTHING && best.mark === "," && !best.headed)
    throw new Error("may be one column with decimal commas, or two columns; write decimal points");
  checkThousands(best);
  checkHeading(best);
  return best;
}

function described({ width, mark, delimiter }) {
  const commas = mark === "," ? " with decimal commas" : "";
  return width === 1 ? `one column${commas}` : `${width} columns separated by ${DELIMITERS[delimiter]}${commas}`;
}

function readings(all, among, most) {
  const options = [];
  for (const delimiter of among) {
    const rows = table(all, delimiter, most),
      widths = new Set(rows?.map(([, cells]) => cells.length));
    if (widths.size !== 1 || (delimiter === NOTHING) !== widths.has(1)) continue;
    options.push(...[".", ","].map((mark) => reading(all, delimiter, mark, rows)).filter(Boolean));
    if (SURE.includes(delimiter)) break;
  }
  const good = options.filter(({ numeric }) => numeric.every(Boolean));
  return good.length ? good : options;
}

function reading(all, delimiter, mark, rows) {
  const first = rows[0][1].map((cell) => cell.trim()),
    headed = isHeading(first, mark);
  if (headed && mark === "," && rows[0][1].some((cell) => /,(?! )/.test(cell))) return null;
  if (headed && first.some((cell) => LIKE_A_NUMBER.test(cell))) return null;
  const body = rows.slice(Number(headed)).map(([, cells]) => cells.map((cell) => cell.trim())),
    numeric = first.map((_, i) => allNumbers(body, i, mark)),
    commas = body.some((cells) => cells.some((cell, i) => numeric[i] && cell.includes(",")));
  if (mark === "," && !commas) return null; // reading points gives the same
  const names = headed ? first : null;
  return numeric.some(Boolean)
    ? { lines: all, delimiter, mark, rows, headed, names, numeric, width: first.length, body }
    : null;
}

function allNumbers(body, i, mark) {
  const present = body.map((cells) => cells[i]).filter((cell) => !missing(cell));
  return present.length > 0 && present.every((cell) => NUMBER[mark].test(cell));
}

function isHeading(cells, mark) {
  const present = cells.filter((cell) => !missing(cell));
  return present.length > 0 && !present.some((cell) => NUMBER[mark].test(cell));
}

/** An Error if the first row could be names as well as numbers. */
function checkHeading({ rows, mark, delimiter, headed }) {
  const cells = rows[0][1].map((cell) => cell.trim()),
    below = rows.slice(1).flatMap(([, row]) => row.map((cell) => cell.trim())),
    whole = cells.every((cell) => INTEGER.test(cell)) && below.length > 0 && !below.some((cell) => INTEGER.test(cell)),
    on = cells[0] === "" ? cells.slice(1) : cells; // pandas numbers unnamed columns, and leaves the index unnamed
  if (whole || on.every((cell, i) => cell === String(i)))
    throw new Error(
      `begins with ${shown(cells.join(delimiter))}, which may be a point or a heading; put names above the numbers`,
    );
  const word = cells.find((cell) => !missing(cell) && !NUMBER[mark].test(cell));
  if (!headed && word !== undefined && rows.length > 1)
    throw new Error(`has ${shown(word)} among numbers in line ${rows[0][0]}`);
}

/** An Error if the delimiter or the decimal mark could be a thousands separator. */
function checkThousands({ rows, mark, delimiter, headed, numeric, body, ...rest }) {
  const suspects = [];
  if (mark === "," || delimiter === ";")
    suspects.push(body.flatMap((cells) => cells.filter((cell, i) => numeric[i] && cell.includes(mark))));
  if (delimiter === " " || (delimiter === "," && !headed))
    suspects.push(rows.slice(Number(headed)).map(([, cells]) => cells.join(delimiter).trim()));
  for (const cells of suspects)
    if (cells.length && cells.every((cell) => THOUSANDS.test(cell)))
      throw new Error(
        `can be read in two ways: ${shown(cells[0])} as ${described({ mark, delimiter, ...rest })} or as one ` +
          "number with thousands separators; write the numbers without them",
      );
}

/** Why no reading fits. */
function noReading(all) {
  const tables = Object.keys(DELIMITERS)
    .map((delimiter) => table(all, delimiter))
    .filter(Boolean);
  if (!tables.length) return "is not a table: a quotation mark is not closed";
  const wide = (rows) => rows.filter(([, cells]) => cells.length > 1).length,
    rows = tables.reduce((best, each) => (wide(each) > wide(best) ? each : best));
  if (rows.length < 2) return `needs at least two points, but has ${counted(rows.length, "row")}`;
  const [first, { length: width }] = rows[0],
    odd = rows.find(([, cells]) => cells.length !== width);
  if (odd) return `has ${counted(width, "column")} in line ${first} and ${odd[1].length} in line ${odd[0]}`;
  const cells = rows.flatMap(([line, row]) => row.map((cell) => [line, cell.trim()])),
    bad = cells.find(([line, cell]) => !Object.values(NUMBER).some((is) => is.test(cell)) && line > first) ?? cells[0];
  return `has no column of numbers: ${shown(bad[1])} in line ${bad[0]} is not a number`;
}

/** All rows as numbers. */
function values(rows, { width, mark }) {
  return rows.map(([line, cells]) => {
    if (cells.length !== width)
      throw new Error(`has ${counted(cells.length, "column")} in line ${line}, but ${width} before`);
    return cells.map((cell, i) => value(cell.trim(), mark, `in line ${line}, column ${i + 1}`));
  });
}

function value(cell, mark, at) {
  if (missing(cell))
    throw new Error(`has ${cell ? shown(cell) : "an empty cell"} ${at}; fill it in, or remove the row`);
  if (!NUMBER[mark].test(cell)) throw new Error(`has ${shown(cell)} ${at}, which is not a number`);
  const found = Number(cell.replace(",", "."));
  if (!Number.isFinite(found)) throw new Error(`has ${shown(cell)} ${at}, which is too large for a number`);
  if (found === 0 && /[1-9]/.test(cell.split(/e/i)[0]))
    throw new Error(`has ${shown(cell)} ${at}, which is too small for a number`);
  if (INTEGER.test(cell) && BigInt(cell.replace("+", "")) !== BigInt(found))
    throw new Error(`has ${shown(cell)} ${at}, an integer of more than 53 bits`);
  return found;
}
