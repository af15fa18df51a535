// The Web Worker that denoises: all models on one noisy image, and how close each image comes to the clean one.
import { createDecoder } from "../../lib/decoder/decoder.js";
import { parseSafetensors } from "../../lib/decoder/safetensors.js";
import { psnr, seenIn, softmax, ssim } from "./measures.js";

const JUDGE = "judge";
const networks = new Map();
// A grid has few levels, so most moves of the slider change nothing about its images.
const memory = new Map();

self.onmessage = ({ data: message }) => {
  try {
    if (message.type !== "run") memory.clear();
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
function answer({ clean, noisy, shape, models, given, token }) {
  const channelsFirst = turned(noisy, shape);
  const ofNoisy = judgement(noisy, shape);
  const known = ofNoisy && likeliest(ofNoisy.slice(0, -1));
  const results = {
    clean: remembered("clean", token, () => ({ seen: seenBy(judgement(clean, shape)) })),
    noisy: { seen: seenBy(ofNoisy) },
  };
  const told = (image) => ({
    image,
    psnr: psnr(clean, image),
    ssim: ssim(clean, image, shape),
    seen: seenBy(judgement(image, shape)),
  });
  for (const [name, { image, key }] of Object.entries(given)) results[name] = remembered(name, key, () => told(image));
  for (const name of models) {
    const network = networks.get(name);
    if (!network || (network.takesClass && known === null)) continue;
    results[name] = told(turnedBack(network.decode(channelsFirst, known), shape));
  }
  self.postMessage({ type: "run", results });
}

/** What was worked out last under that name, where its key is still the same. */
function remembered(name, key, work) {
  if (memory.get(name)?.key !== key) memory.set(name, { key, value: work() });
  return memory.get(name).value;
}

function judgement(image, shape) {
  const judge = networks.get(JUDGE);
  return judge ? softmax(judge.decode(turned(image, shape))) : null;
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
