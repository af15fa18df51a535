// The message loop of the Web Worker that decodes: one answer per message, in order.
import { createDecoder } from "./decoder.js";
import { prepare } from "./products.js";
import { parseSafetensors } from "./safetensors.js";

let decoder = null;
// Others, by key, to change to at once.
const kept = new Map();

self.onmessage = ({ data: message }) => {
  try {
    if (message.type === "start") decoder = createDecoder(message.layers, message.tensors, message.latentDim);
    if (message.type === "keep") kept.set(message.key, unpacked(message));
    if (message.type === "use") decoder = kept.get(message.key);
    if (message.type === "forget") kept.delete(message.key);
    if (message.type === "rest") rest();
    if (message.type === "live") answerLive(message);
    if (message.type === "chunk") answerChunk(message);
  } catch (error) {
    self.postMessage({ type: "error", during: message.type, text: error.message });
  }
};

/** Forgets everything, and is ready for another network. */
function rest() {
  decoder = null;
  kept.clear();
  prepare();
  self.postMessage({ type: "rested" });
}

// Unpacked here, since half a million float16 numbers would hold up the page for a frame.
function unpacked({ bytes, latentDim }) {
  const { tensors, metadata } = parseSafetensors(bytes);
  return createDecoder(JSON.parse(metadata.decoder).layers, tensors, latentDim);
}

function answerLive({ code, condition }) {
  const image = decoder.decode(code, condition).slice();
  self.postMessage({ type: "live", image }, { transfer: [image.buffer] });
}

function answerChunk({ codes, conditions, count }) {
  const started = performance.now();
  const latentDim = codes.length / count;
  const size = decoder.shape.reduce((total, length) => total * length, 1);
  const images = new Float32Array(count * size);
  for (let k = 0; k < count; k++) {
    const code = codes.subarray(k * latentDim, (k + 1) * latentDim);
    images.set(decoder.decode(code, conditions?.[k]), k * size);
  }
  const perImage = (performance.now() - started) / count;
  self.postMessage({ type: "chunk", images, perImage }, { transfer: [images.buffer] });
}
