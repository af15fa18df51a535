// Reads what Python packed: codes, labels, weights, and the description beside them.
import { classColours } from "../../lib/scatter/palette.js";
import { columnMeans, columnRange } from "../../lib/scatter/geometry.js";
import { parseSafetensors } from "../../lib/decoder/safetensors.js";

/**
 * @param {Uint8Array} bytes the packed buffer; packing.py says what it holds.
 * @param {Object} placed what the description says otherwise where the plane stands.
 * @returns {Object} about (the JSON description), codes (n * d, flat), labels, errors or null,
 *   kl and density per image or null, weights by name, and from the description
 *   latentDim, shape (h, w, c), classes, and one colour per class; conditions, the class that each
 *   image is decoded with, or null; priorSamples (m * d, flat) or null; placed, the positions of a
 *   projection (n * 2, flat) or null; indices, which image each row is, or null where it is the row.
 */
export function readPacked(bytes, placed) {
  const { tensors, metadata } = parseSafetensors(bytes);
  const { codes, labels, errors, conditions, positions, indices, ...rest } = tensors;
  const { prior_samples: priorSamples, kl, density, ...weights } = rest;
  const about = { ...JSON.parse(metadata.plane), ...placed };
  return {
    about,
    codes: codes?.data ?? new Float32Array(0),
    labels: labels.data,
    errors: errors?.data ?? null,
    kl: kl?.data ?? null,
    density: density?.data ?? null,
    conditions: conditions?.data ?? null,
    priorSamples: priorSamples?.data ?? null,
    placed: positions?.data ?? null,
    indices: indices?.data ?? null,
    weights,
    latentDim: about.latent_dim,
    shape: about.image_shape,
    classes: about.classes,
    colours: classColours(about.classes.length),
  };
}

/** Where the plane stands before anything is chosen: where the prior is dense, else at the codes' mean. */
export function startingCode({ about, codes, latentDim, priorSamples }) {
  // The mean of a prior with a hole in it lies in the hole; a sample never does.
  if (priorSamples) return Float64Array.from(priorSamples.subarray(0, latentDim));
  return about.prior ? new Float64Array(latentDim) : columnMeans(codes, latentDim);
}

/**
 * A slider's range per latent dimension: that of the codes, padded, and the prior's, to three sigma.
 *
 * @returns {[number, number][]}
 */
export function sliderRanges({ about, codes, latentDim, priorSamples }) {
  return Array.from({ length: latentDim }, (_, dim) => {
    const [low, high] = columnRange(codes, latentDim, dim);
    const pad = 0.1 * (high - low) || 1;
    if (!about.prior) return [low - pad, high + pad];
    const [least, most] = priorSamples ? columnRange(priorSamples, latentDim, dim) : [-3, 3];
    return [Math.min(low - pad, least), Math.max(high + pad, most)];
  });
}

/** How many codes each class has. */
export function classCounts({ labels, classes }) {
  const counts = new Array(classes.length).fill(0);
  if (classes.length) for (const label of labels) counts[label]++;
  return counts;
}
