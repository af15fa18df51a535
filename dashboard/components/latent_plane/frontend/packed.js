// Reads what Python packed: codes, labels, weights, and the description beside them.
import { classColours } from "./palette.js";
import { columnMeans, columnRange } from "./geometry.js";
import { parseSafetensors } from "./safetensors.js";

/**
 * @param {Uint8Array} bytes the packed buffer; packing.py says what it holds.
 * @returns {Object} about (the JSON description), codes (n * d, flat), labels, errors or null,
 *   deflated (the originals, still compressed) or null, weights by name, and from the description
 *   latentDim, shape (h, w, c), classes, and one colour per class.
 */
export function readPacked(bytes) {
  const { tensors, metadata } = parseSafetensors(bytes);
  const { codes, labels, errors, pixels, ...weights } = tensors;
  const about = JSON.parse(metadata.plane);
  return {
    about,
    codes: codes.data,
    labels: labels.data,
    errors: errors?.data ?? null,
    deflated: pixels?.data ?? null,
    weights,
    latentDim: about.latent_dim,
    shape: about.image_shape,
    classes: about.classes,
    colours: classColours(about.classes.length),
  };
}

/** Where the plane stands before anything is chosen: the prior's mean, else the codes' own. */
export function startingCode({ about, codes, latentDim }) {
  return about.prior ? new Float64Array(latentDim) : columnMeans(codes, latentDim);
}

/** A slider's range per latent dimension: that of the codes, padded, and three sigma of a prior. */
export function sliderRanges({ about, codes, latentDim }) {
  return Array.from({ length: latentDim }, (_, dim) => {
    const [low, high] = columnRange(codes, latentDim, dim);
    const pad = 0.1 * (high - low) || 1;
    return about.prior ? [Math.min(low - pad, -3), Math.max(high + pad, 3)] : [low - pad, high + pad];
  });
}

/** How many codes each class has. */
export function classCounts({ labels, classes }) {
  const counts = new Array(classes.length).fill(0);
  for (const label of labels) counts[label]++;
  return counts;
}
