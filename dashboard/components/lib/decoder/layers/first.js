// The first numbers of a vector.
export function build({ count }) {
  return { shape: [count], run: (values) => values.subarray(0, count) };
}
