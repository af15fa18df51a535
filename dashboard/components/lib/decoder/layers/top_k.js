// The largest numbers as they are, 0 in place of the others; in place. Of equals the first are kept.
export function build({ kept }, tensors, shape) {
  const run = (values) => {
    const order = Array.from(values, (value, i) => i).sort((i, j) => values[j] - values[i] || i - j);
    for (const i of order.slice(kept)) values[i] = 0;
    return values;
  };
  return { shape, run };
}
