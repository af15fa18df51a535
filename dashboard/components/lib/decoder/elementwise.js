// Layers that change each value by itself, in place.

/**
 * The layer of a function of one number.
 *
 * @param {number[]} shape of the input, and of the output.
 * @param {(x: number) => number} activation
 */
export function elementwise(shape, activation) {
  const run = (values) => {
    for (let i = 0; i < values.length; i++) values[i] = activation(values[i]);
    return values;
  };
  return { shape, run };
}
