// What the decoder's layers share: tensors by name, sizes, and the one product that takes the time.

/** The tensor of that name; throws where it was not sent. */
export function tensorNamed(tensors, name) {
  if (!Object.hasOwn(tensors, name)) throw new Error(`The decoder needs a tensor "${name}", which was not sent.`);
  return tensors[name];
}

/** The values of a tensor that a layer may do without; then `missing`, `count` times. */
export function valuesOr(tensors, name, count, missing) {
  return name ? tensorNamed(tensors, name).data : new Float32Array(count).fill(missing);
}

/** How many values a shape holds. */
export function sizeOf(shape) {
  return shape.reduce((total, length) => total * length, 1);
}

/** Throws unless the layer is given the shape it takes: `lengths` axes, the first of length `first`. */
export function expectShape(spec, shape, axes, first = shape[0]) {
  if (shape.length === axes && shape[0] === first) return;
  const wanted = axes === 3 ? `an image of ${first} channels` : `${axes} axes, the first of ${first}`;
  throw new Error(`A ${spec.type} layer takes ${wanted} and is given ${shape.join(" x ")}.`);
}

/**
 * a b^T: out[r, c] is the sum over k of a[r, k] b[c, k].
 *
 * @param {ArrayLike<number>} a (rows, depth), row-major.
 * @param {ArrayLike<number>} b (columns, depth), row-major.
 * @param {Float32Array} out (rows, columns), overwritten.
 */
export function multiply(a, b, out, rows, columns, depth) {
  // In blocks of 2 x 4, so that six values are read for eight products.
  const blockRows = rows - (rows % 2);
  const blockColumns = columns - (columns % 4);
  for (let r = 0; r < blockRows; r += 2) {
    for (let c = 0; c < blockColumns; c += 4) multiplyBlock(a, b, out, r, c, columns, depth);
  }
  for (let r = 0; r < rows; r++) {
    for (let c = r < blockRows ? blockColumns : 0; c < columns; c++) {
      out[r * columns + c] = dot(a, r * depth, b, c * depth, depth);
    }
  }
}

function multiplyBlock(a, b, out, r, c, columns, depth) {
  const upper = r * depth;
  const lower = upper + depth;
  const first = c * depth;
  const second = first + depth;
  const third = second + depth;
  const fourth = third + depth;
  let u1 = 0, u2 = 0, u3 = 0, u4 = 0;
  let l1 = 0, l2 = 0, l3 = 0, l4 = 0;
  for (let k = 0; k < depth; k++) {
    const u = a[upper + k];
    const l = a[lower + k];
    const b1 = b[first + k];
    const b2 = b[second + k];
    const b3 = b[third + k];
    const b4 = b[fourth + k];
    u1 += u * b1;
    u2 += u * b2;
    u3 += u * b3;
    u4 += u * b4;
    l1 += l * b1;
    l2 += l * b2;
    l3 += l * b3;
    l4 += l * b4;
  }
  const at = r * columns + c;
  out[at] = u1;
  out[at + 1] = u2;
  out[at + 2] = u3;
  out[at + 3] = u4;
  out[at + columns] = l1;
  out[at + columns + 1] = l2;
  out[at + columns + 2] = l3;
  out[at + columns + 3] = l4;
}

// Four independent sums in double precision: twice as fast as one, and closer to the true value.
function dot(a, i, b, j, depth) {
  const unrolled = depth - (depth % 4);
  let s1 = 0, s2 = 0, s3 = 0, s4 = 0;
  let k = 0;
  for (; k < unrolled; k += 4) {
    s1 += a[i + k] * b[j + k];
    s2 += a[i + k + 1] * b[j + k + 1];
    s3 += a[i + k + 2] * b[j + k + 2];
    s4 += a[i + k + 3] * b[j + k + 3];
  }
  for (; k < depth; k++) s1 += a[i + k] * b[j + k];
  return s1 + s2 + (s3 + s4);
}
