// `multiply` of tensors.js in WebAssembly, four floats at a time: the one function that takes the time.
import {
  add,
  addFloats,
  constant,
  get,
  isAtMost,
  isBelow,
  loadFour,
  loadOne,
  loopWhile,
  moduleOf,
  NONE,
  pick,
  set,
  storeFour,
  storeOne,
  subtract,
  times,
  timesFloats,
  timesPlusFloats,
} from "./assembler.js";

// The sums of a block of 2 x 4, two rows of a and a column of b fit a processor's sixteen registers. Measured on
// products of convolutions: 3 x 4 is no faster, 4 x 4 takes twice as long.
const TALL = 2;
const WIDE = 4;
const FLOAT = 4;
const FOUR = 4 * FLOAT;

let locals = 0;
const local = () => locals++;
const several = (count) => Array.from({ length: count }, local);

// The parameters: three addresses and three lengths.
const [a, b, out, rows, columns, depth] = several(6);
const parameters = locals;
const [rowsLeft, columnsLeft, stride] = several(3);
// Where a block's first row of a begins and ends, its first of b begins, and its first sum goes.
const [aRow, aEnd, bRow, place] = several(4);
// How far each of its rows has been read.
const [aAt, bAt] = [several(TALL), several(WIDE)];
const numbers = locals - parameters;
const [aFloats, bFloats] = [several(TALL), local()];
const sums = aFloats.map(() => several(WIDE));
const pairs = several(2);
const vectors = locals - numbers - parameters;

const advance = (at, bytes) => set(at, add(get(at), bytes));

/** The first so many of the rows that follow one another from `start` on. */
const lineUp = (ats, start) => ats.flatMap((at, k) => set(at, k ? add(get(ats[k - 1]), get(stride)) : get(start)));

/** One load of each row of a block, and what that adds to its sums. */
function step(tall, wide, load, bytes, plus) {
  const ofA = aFloats.slice(0, tall);
  const product = (i, j) => set(sums[i][j], plus(get(aFloats[i]), get(bFloats), get(sums[i][j])));
  return [
    ...ofA.flatMap((floats, i) => set(floats, load(get(aAt[i])))),
    ...bAt.slice(0, wide).flatMap((at, j) => [...set(bFloats, load(get(at))), ...ofA.flatMap((_, i) => product(i, j))]),
    ...[...aAt.slice(0, tall), ...bAt.slice(0, wide)].flatMap((at) => advance(at, constant(bytes))),
  ];
}

/** What four vectors hold each, summed up: one vector. */
function fourSums(vectors) {
  const [first, second, third, fourth] = vectors;
  const halves = (x, y) => addFloats(pick(get(x), get(y), [0, 4, 1, 5]), pick(get(x), get(y), [2, 6, 3, 7]));
  const [one, other] = pairs;
  const whole = addFloats(pick(get(one), get(other), [0, 1, 4, 5]), pick(get(one), get(other), [2, 3, 6, 7]));
  return { before: [...set(one, halves(first, second)), ...set(other, halves(third, fourth))], whole };
}

/** What one vector holds, summed up: the first of four. */
function oneSum(vectors) {
  const [sum] = vectors;
  const [half] = pairs;
  const before = set(half, addFloats(get(sum), pick(get(sum), get(sum), [2, 3, 2, 3])));
  return { before, whole: addFloats(get(half), pick(get(half), get(half), [1, 1, 1, 1])) };
}

/** The sums of `tall` rows of a with `wide` of b, one or WIDE; then on to the next of b. */
function block(tall, wide, plus) {
  const store = wide === 1 ? storeOne : storeFour;
  const stored = sums.slice(0, tall).flatMap((row, i) => {
    const { before, whole } = wide === 1 ? oneSum(row) : fourSums(row);
    return [...before, ...store(add(get(place), times(get(columns), constant(i * FLOAT))), whole)];
  });
  return [
    ...lineUp(aAt.slice(0, tall), aRow),
    ...lineUp(bAt.slice(0, wide), bRow),
    ...sums.slice(0, tall).flatMap((row) => row.slice(0, wide).flatMap((sum) => set(sum, NONE))),
    ...loopWhile(isAtMost(add(get(aAt[0]), constant(FOUR)), get(aEnd)), step(tall, wide, loadFour, FOUR, plus)),
    ...loopWhile(isBelow(get(aAt[0]), get(aEnd)), step(tall, wide, loadOne, FLOAT, plus)),
    ...stored,
    ...set(bRow, get(bAt[wide - 1])),
    ...advance(place, constant(wide * FLOAT)),
  ];
}

/** Repeats `body`, which does `size` at a time, while so many are left. */
const repeat = (left, size, body) =>
  loopWhile(isAtMost(constant(size), get(left)), [...body, ...set(left, subtract(get(left), constant(size)))]);

/** `tall` rows of a with all of b; then on to the next of a. */
function band(tall, plus) {
  return [
    ...set(aEnd, add(get(aRow), get(stride))),
    ...set(bRow, get(b)),
    ...set(columnsLeft, get(columns)),
    ...repeat(columnsLeft, WIDE, block(tall, WIDE, plus)),
    ...repeat(columnsLeft, 1, block(tall, 1, plus)),
    ...advance(aRow, times(get(stride), constant(tall))),
    ...advance(place, times(get(columns), constant((tall - 1) * FLOAT))),
  ];
}

const kernel = (plus) =>
  moduleOf("multiply", parameters, numbers, vectors, [
    ...set(stride, times(get(depth), constant(FLOAT))),
    ...set(aRow, get(a)),
    ...set(place, get(out)),
    ...set(rowsLeft, get(rows)),
    ...repeat(rowsLeft, TALL, band(TALL, plus)),
    ...repeat(rowsLeft, 1, band(1, plus)),
  ]);

/**
 * Modules that offer multiply(a, b, out, rows, columns, depth): addresses of floats in the memory, and lengths as in
 * tensors.js. The fastest comes first; not every browser knows it.
 */
export const KERNELS = [kernel(timesPlusFloats), kernel((x, y, sum) => addFloats(sum, timesFloats(x, y)))];
