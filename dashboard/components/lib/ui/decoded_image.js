// Paints what the decoder answered, and tells the page when it stood there.
import { imageToRgba } from "./pixels.js";
import { paintPixels } from "./dom.js";

/**
 * Paints a decoded image; the event "decoded" says how long after `timeStamp` it stood there.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} image (c, h, w)
 * @param {number[]} shape [h, w, c]
 * @param {{code, condition, timeStamp}} request what was asked for.
 * @param {string} name the plane's in its group.
 */
export function paintDecoded(canvas, image, shape, { code, condition, timeStamp }, name) {
  const [h, w] = shape;
  paintPixels(canvas, imageToRgba(image, shape), w, h);
  const latency = performance.now() - timeStamp;
  const detail = { code: Array.from(code), condition, latency, name };
  canvas.dispatchEvent(new CustomEvent("decoded", { bubbles: true, composed: true, detail }));
}
