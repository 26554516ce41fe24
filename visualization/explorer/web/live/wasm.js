// A small assembler of WebAssembly: kernels.js writes its loops with it, and the browser gets the bytes of a module.
// Code is a nested array of bytes. An expression leaves one value on the stack, a statement leaves none.

const I32 = 0x7f,
  F32 = 0x7d,
  V128 = 0x7b; // four float32 side by side

/** A whole number as LEB128, by seven bits a byte; signed ones end when only their sign is left. */
function unsigned(n) {
  const bytes = [];
  do bytes.push((n & 127) | (n > 127 ? 128 : 0));
  while ((n >>>= 7));
  return bytes;
}

function signed(n) {
  const bytes = [];
  for (; n < -64 || n > 63; n >>= 7) bytes.push((n & 127) | 128);
  return [...bytes, n & 127];
}

const op =
  (...code) =>
  (...operands) => [operands, code];
const simd = (code) => op(0xfd, ...unsigned(code));

export const int = {
  of: (n) => [0x41, signed(n)],
  less: op(0x48),
  add: op(0x6a),
  sub: op(0x6b),
  mul: op(0x6c),
};

const number = (x) => [0x43, ...new Uint8Array(Float32Array.of(x).buffer)];
export const float = {
  load: (address) => [address, 0x2a, 2, 0],
  store: (address, value) => [address, value, 0x38, 2, 0],
  add: op(0x92),
};

export const vector = {
  of: (x) => [number(x), 0xfd, 0x13],
  splat: simd(0x13),
  load: (address, offset = 0) => [address, 0xfd, 0x00, 2, unsigned(offset)],
  loadSplat: (address) => [address, 0xfd, 0x09, 2, 0],
  store: (address, value, offset = 0) => [address, value, 0xfd, 0x0b, 2, unsigned(offset)],
  lane: (v, k) => [v, 0xfd, 0x1f, k],
  greater: simd(0x44), // all bits of a lane set, or none
  and: simd(0x4e),
  choose: simd(0x52), // (a, b, mask): a where the mask is set
  shiftLeft: simd(0xab),
  addInt: simd(0xae),
  sqrt: simd(0xe3),
  add: simd(0xe4),
  sub: simd(0xe5),
  mul: simd(0xe6),
  div: simd(0xe7),
  min: simd(0xea), // (a, b): b < a ? b : a, so that a NaN of a stays; one instruction, unlike IEEE's minimum
  max: simd(0xeb),
  intOf: (n) => [int.of(n), 0xfd, 0x11],
};

/** The sum of the four numbers of a vector in a variable. */
export function total(v) {
  const [a, b, c, d] = [0, 1, 2, 3].map((k) => vector.lane(v, k));
  return float.add(float.add(a, b), float.add(c, d));
}

/** A function in the making: it hands out variables. */
class Body {
  constructor(types) {
    this.types = types;
  }

  variable(type) {
    this.types.push(type);
    return place(this.types.length - 1);
  }

  int = () => this.variable(I32);
  vector = () => this.variable(V128);
}

/** A variable: an array of code that reads it, with `set` and `add` for statements that change it. */
function place(index) {
  const read = [0x20, unsigned(index)];
  read.set = (value) => [value, 0x21, unsigned(index)];
  return read;
}

/** for (i = i; i + room <= end; i += step) body; room: how far the body reaches. */
export function loop(i, end, step, body, room = int.of(1)) {
  const over = int.less(end, int.add(i, room));
  return [0x02, 0x40, 0x03, 0x40, over, 0x0d, 1, body, i.set(int.add(i, step)), 0x0c, 0, 0x0b, 0x0b];
}

/** The bytes of a module of functions {name: [parameters, write]}, which share an imported memory `env.memory`.
 *  parameters: a text of names, those of numbers with a dot before them, the others whole; write(variables, body): code.
 */
export function assemble(functions) {
  const parts = Object.entries(functions).map(([name, [parameters, write]]) => {
    const names = parameters.split(" "),
      types = names.map((name) => (name.startsWith(".") ? F32 : I32)),
      body = new Body([...types]),
      code = write(Object.fromEntries(names.map((name, k) => [name.replace(".", ""), place(k)])), body);
    return { name, types, locals: body.types.slice(names.length), code };
  });
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      parts.map(({ types }) => [0x60, list(types), 0]),
    ),
    ...section(2, [[text("env"), text("memory"), 2, 0, 1]]),
    ...section(
      3,
      parts.map((_, k) => unsigned(k)),
    ),
    ...section(
      7,
      parts.map(({ name }, k) => [text(name), 0, unsigned(k)]),
    ),
    ...section(
      10,
      parts.map(({ locals, code }) => sized([list(locals.map((type) => [1, type])), code, 0x0b])),
    ),
  ]);
}

const text = (name) => list([...name].map((letter) => letter.charCodeAt(0)));
const list = (items) => [unsigned(items.length), items];
const section = (id, items) => [id, ...sized(list(items))];

function sized(code) {
  const bytes = code.flat(Infinity);
  return [...unsigned(bytes.length), ...bytes];
}
