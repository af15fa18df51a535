// Numbers and names as the plane words them.

/** A latent code as text: three decimals, comma-separated, with a plain hyphen so that it pastes as numbers. */
export function codeText(code) {
  return Array.from(code, (value) => fixed(value)).join(", ");
}

/** The first few dimensions of a code, with an ellipsis for the rest. */
export function codeExcerpt(code, shown = 3) {
  return codeText(Array.from(code).slice(0, shown)) + (code.length > shown ? ", …" : "");
}

/** Three decimals, and no negative zero. */
export function fixed(value, decimals = 3) {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? (0).toFixed(decimals) : text;
}

/** The name of a latent dimension, z₁ for the first. */
export function dimensionName(dim) {
  return "z" + Array.from(String(dim + 1), (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]).join("");
}

/** A count with thousands separated, 10,000. */
export function counted(n) {
  return n.toLocaleString("en-GB");
}

/** An image by its class, where it has one, and its number. */
export function imageName(label, number) {
  return label === undefined ? number : `${label}, ${number}`;
}

/** That so many dots are not to be seen. */
export function outsideText(count) {
  return `${counted(count)} ${count === 1 ? "dot is" : "dots are"} outside this view.`;
}

/** A file name from a title. */
export function fileStem(title) {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "") || "latent-plane";
}
