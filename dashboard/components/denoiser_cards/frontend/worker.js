// The Web Worker that denoises: all models on one noisy image, and how close each image comes to the clean one.
import { createDecoder } from "../../lib/decoder/decoder.js";
import { parseSafetensors } from "../../lib/decoder/safetensors.js";
import { psnr, seenIn, softmax, ssim } from "./measures.js";

const JUDGE = "judge";
const networks = new Map();

self.onmessage = ({ data: message }) => {
  try {
    if (message.type === "keep") networks.set(message.name, opened(message.bytes));
    if (message.type === "forget") networks.delete(message.name);
    if (message.type === "run") answer(message);
  } catch (error) {
    self.postMessage({ type: "error", during: message.type, text: error.message });
  }
};

function opened(bytes) {
  const { tensors, metadata } = parseSafetensors(bytes);
  const { layers, shape } = JSON.parse(metadata.network);
  const network = createDecoder(layers, tensors, shape);
  return { decode: network.decode, takesClass: layers.some((layer) => layer.type === "condition") };
}

/** One answer for all: images made and given, by name, with their numbers; a model that lacks something is left out. */
function answer({ clean, noisy, shape, models, given }) {
  const channelsFirst = turned(noisy, shape);
  const judgement = (image) => {
    const judge = networks.get(JUDGE);
    return judge ? softmax(judge.decode(turned(image, shape))) : null;
  };
  const ofNoisy = judgement(noisy);
  const known = ofNoisy && likeliest(ofNoisy.slice(0, -1));
  const results = { clean: { seen: seenBy(judgement(clean)) }, noisy: { seen: seenBy(ofNoisy) } };
  const images = new Map(Object.entries(given));
  for (const name of models) {
    const network = networks.get(name);
    if (!network || (network.takesClass && known === null)) continue;
    images.set(name, turnedBack(network.decode(channelsFirst, known), shape));
  }
  for (const [name, image] of images) {
    const numbers = { psnr: psnr(clean, image), ssim: ssim(clean, image, shape) };
    results[name] = { image, ...numbers, seen: seenBy(judgement(image)) };
  }
  self.postMessage({ type: "run", results });
}

function seenBy(probabilities) {
  return probabilities && seenIn(probabilities);
}

function likeliest(values) {
  return values.indexOf(Math.max(...values));
}

/** (h, w, c) as (c, h, w). */
function turned(image, [h, w, c]) {
  if (c === 1) return image;
  return Float32Array.from(image, (_, i) => image[(i % (h * w)) * c + Math.floor(i / (h * w))]);
}

/** (c, h, w) as (h, w, c), a copy. */
function turnedBack(image, [h, w, c]) {
  return Float32Array.from(image, (_, i) => image[(i % c) * h * w + Math.floor(i / c)]);
}
