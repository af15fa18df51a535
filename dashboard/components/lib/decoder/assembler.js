// WebAssembly's instructions, those that the product of kernel.js needs: each a function that gives its bytes.

// What takes operands takes the bytes that leave them on the stack, so that code reads as formulas do: of a
// local x, add(get(x), constant(4)). Codes and formats: WebAssembly Core Specification 2.0, chapter 5.

/** A whole number from 0 on in seven bits a byte, the lowest first (LEB128). */
function unsigned(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return [...bytes, value];
}

/** A whole number of either sign, likewise; bit 6 of the last byte is the sign. */
function signed(value) {
  const bytes = [];
  for (; value < -64 || value > 63; value >>= 7) bytes.push((value & 127) | 128);
  return [...bytes, value & 127];
}

const instruction = (...code) => (...operands) => [...operands.flat(), ...code];
const simd = (code) => [0xfd, ...unsigned(code)];
// Floats lie at multiples of four bytes.
const place = (offset) => [2, ...unsigned(offset)];

export const get = (local) => [0x20, ...unsigned(local)];
export const set = (local, value) => [...value, 0x21, ...unsigned(local)];

// Whole numbers of 32 bits, compared as numbers from 0 on.
export const constant = (value) => [0x41, ...signed(value)];
export const add = instruction(0x6a);
export const subtract = instruction(0x6b);
export const times = instruction(0x6c);
export const isBelow = instruction(0x49);
export const isAtMost = instruction(0x4d);

// Four floats at a time.
export const NONE = [...simd(12), ...new Array(16).fill(0)];
export const addFloats = instruction(...simd(228));
export const timesFloats = instruction(...simd(230));
/** The product of two and a third added, rounded once where the processor can (WebAssembly 3.0, relaxed SIMD). */
export const timesPlusFloats = instruction(...simd(261));
export const loadFour = (address) => [...address, ...simd(0), ...place(0)];
/** One float, and three zeros. */
export const loadOne = (address) => [...address, ...simd(92), ...place(0)];
export const storeFour = (address, floats) => [...address, ...floats, ...simd(11), ...place(0)];
/** The first of four. */
export const storeOne = (address, floats) => [...address, ...floats, ...simd(90), ...place(0), 0];
/** Four of eight: `lanes` counts those of the first from 0 and those of the second from 4. */
export const pick = (first, second, lanes) => [
  ...[...first, ...second, ...simd(13)],
  ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)),
];

/** Repeats `body` as long as `condition` holds. */
export const loopWhile = (condition, body) => [
  ...[0x03, 0x40, ...condition, 0x04, 0x40],
  ...[...body, 0x0c, 1, 0x0b, 0x0b],
];

const WHOLE_NUMBER = 0x7f;
const FOUR_FLOATS = 0x7b;
const list = (items) => [...unsigned(items.length), ...items.flat()];
const word = (letters) => list(Array.from(letters, (letter) => [letter.charCodeAt(0)]));
const section = (number, content) => [number, ...unsigned(content.length), ...content];

/**
 * A module of one function that gives nothing back and works on a memory that it is handed.
 *
 * @param {string} name it is exported under; the memory is imported as `memory` of `page`.
 * @param {number} parameters how many whole numbers it takes: the first locals.
 * @param {number} numbers how many more there are.
 * @param {number} vectors how many locals of four floats come behind them.
 * @param {number[]} body its instructions.
 */
export function moduleOf(name, parameters, numbers, vectors, body) {
  const locals = [[...unsigned(numbers), WHOLE_NUMBER], [...unsigned(vectors), FOUR_FLOATS]];
  const code = [...list(locals), ...body, 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, list([[0x60, ...list(new Array(parameters).fill([WHOLE_NUMBER])), 0]])),
    ...section(2, list([[...word("page"), ...word("memory"), 0x02, 0x00, 0]])),
    ...section(3, list([[0]])),
    ...section(7, list([[...word(name), 0x00, 0]])),
    ...section(10, list([[...unsigned(code.length), ...code]])),
  ]);
}
