// What Python sends: the clean image, the draw of noise, and what the slider counts.
import { parseSafetensors } from "../../lib/decoder/safetensors.js";

/** Opens the packed bytes; see noise_canvas/__init__.py for what is in them. */
export function unpack(bytes) {
  const { tensors, metadata } = parseSafetensors(bytes);
  const about = JSON.parse(metadata.noise);
  return {
    ...about,
    shape: tensors.image.shape,
    image: tensors.image.data,
    draws: { normal: tensors.normal.data, uniform: tensors.uniform.data },
  };
}

/** Whether two byte arrays are the same. */
export function equalBytes(a, b) {
  if (a === b) return true;
  return Boolean(a && b) && a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Pixels (h, w, c) in 0..1 as RGBA. */
export function toRgba(image, [h, w, c]) {
  const rgba = new Uint8ClampedArray(4 * h * w);
  for (let p = 0; p < h * w; p++) {
    for (let k = 0; k < 3; k++) rgba[4 * p + k] = 255 * image[p * c + (c === 1 ? 0 : k)];
    rgba[4 * p + 3] = 255;
  }
  return rgba;
}
