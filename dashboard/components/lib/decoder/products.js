// A decoder's products: their operands side by side in one memory of WebAssembly, or in JavaScript's without it.
import { KERNELS } from "./kernel.js";
import { multiply } from "./tensors.js";

const FLOAT = 4;
// Each operand begins at a multiple of four floats, so that no load of a first row crosses two lines of a cache.
const ALIGNED = 4;
const PAGE = 65_536;

let compiled;

/** The compiled kernel; null where the browser has no WebAssembly with SIMD or a page's policy refuses it. */
function kernel() {
  if (compiled === undefined) {
    compiled = null;
    for (const bytes of KERNELS) compiled ??= moduleOrNull(bytes);
  }
  return compiled;
}

/** Compiles the kernel before the first product. */
export function prepare() {
  kernel();
}

function moduleOrNull(bytes) {
  try {
    return new WebAssembly.Module(bytes);
  } catch {
    return null;
  }
}

/**
 * a b^T again and again: `out` (rows, columns) of `a` (rows, depth) and `b` (columns, depth).
 *
 * @typedef {Object} Product
 * @property {Float32Array} a there once all are laid out, as are b and out.
 * @property {Float32Array} b
 * @property {Float32Array} out
 * @property {() => void} run overwrites out.
 */

/** The products of one decoder: each is announced, then all are laid out. A memory goes when they do. */
export class Products {
  /** @param {boolean} isPlain whether to stay in JavaScript, which is what WebAssembly is compared with. */
  constructor(isPlain = false) {
    this.isPlain = isPlain || !kernel();
    this.all = [];
  }

  /**
   * Announces a product.
   *
   * @param {number} rows of a and out.
   * @param {number} columns of out: rows of b.
   * @param {number} depth
   * @param {{a?: ArrayLike<number>, b?: ArrayLike<number>}} weights what stays the same; copied where it must be.
   * @returns {Product}
   */
  add(rows, columns, depth, weights) {
    const product = { rows, columns, depth, weights, a: null, b: null, out: null, run: null };
    this.all.push(product);
    return product;
  }

  /** Gives all products their memory, which never grows. */
  lay() {
    const memory = this.isPlain ? null : memoryOf(this.all.reduce((bytes, product) => bytes + bytesOf(product), 0));
    this.isPlain = !memory;
    if (memory) layInWebAssembly(this.all, memory);
    else for (const product of this.all) layPlain(product);
    for (const product of this.all) product.weights = null;
  }
}

function lengths({ rows, columns, depth }) {
  return [rows * depth, columns * depth, rows * columns].map((length) => Math.ceil(length / ALIGNED) * ALIGNED);
}

function bytesOf(product) {
  return FLOAT * lengths(product).reduce((total, length) => total + length, 0);
}

/** A memory of so many bytes; null where the browser does not grant it. */
function memoryOf(bytes) {
  const pages = Math.ceil(bytes / PAGE);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch {
    return null;
  }
}

function layInWebAssembly(products, memory) {
  const { exports } = new WebAssembly.Instance(kernel(), { page: { memory } });
  const fast = /** @type {(...numbers: number[]) => void} */ (exports.multiply);
  let next = 0;
  for (const product of products) {
    const { rows, columns, depth, weights } = product;
    const [a, b, out] = lengths(product).map((length) => {
      const at = next;
      next += FLOAT * length;
      return at;
    });
    product.a = new Float32Array(memory.buffer, a, rows * depth);
    product.b = new Float32Array(memory.buffer, b, columns * depth);
    product.out = new Float32Array(memory.buffer, out, rows * columns);
    for (const name of Object.keys(weights)) product[name].set(weights[name]);
    product.run = () => fast(a, b, out, rows, columns, depth);
  }
}

function layPlain(product) {
  const { rows, columns, depth, weights } = product;
  product.a = weights.a ?? new Float32Array(rows * depth);
  product.b = weights.b ?? new Float32Array(columns * depth);
  product.out = new Float32Array(rows * columns);
  product.run = () => multiply(product.a, product.b, product.out, rows, columns, depth);
}
