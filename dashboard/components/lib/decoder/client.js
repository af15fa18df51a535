// The page's side of the decoding worker: the pointer first and latest only, everything else in small chunks.

import { poolOf } from "./worker_pool.js";

// A chunk under way is all that a pointer's decode can wait for, so it is kept to about this long.
const CHUNK_MS = 4;

/** Stands in where there is no decoder: nothing is decoded, and whoever waits for an image gets none. */
export const NO_DECODER = {
  decodeNow: () => {},
  decodeLater: (codes, conditions, onImage) => {
    onImage(0, null);
    return { cancel: () => {} };
  },
  dispose: () => {},
};

export class DecoderClient {
  /**
   * @param {string} workerSource JavaScript of the worker.
   * @param {{layers?: Object[], tensors?: Object, latentDim: number}} network sent to the worker once;
   *   without layers where decoders are kept with `keep` and chosen with `use`.
   * @param {(image: Float32Array, request: {code, condition, timeStamp, key}) => void} onLive called with the image
   *   (c, h, w) and what was asked for: its code, its class or null, the event's time stamp, and the key
   *   of the decoder where there are several.
   * @param {(text: string) => void} onError called with what went wrong, worded.
   */
  constructor(workerSource, network, onLive, onError) {
    this.onLive = onLive;
    this.onError = onError;
    this.latentDim = network.latentDim;
    this.live = { sent: null, waiting: null };
    this.jobs = [];
    this.chunk = null;
    this.perImage = 1;
    this.hasFailed = false;
    this.pool = poolOf(workerSource);
    this.worker = this.pool.take();
    this.worker.onmessage = ({ data }) => this.receive(data);
    this.worker.onerror = (event) => {
      this.hasFailed = true;
      this.onError(event.message || "The decoding worker stopped.");
    };
    if (network.layers) this.worker.postMessage({ type: "start", ...network });
  }

  /**
   * Hands the worker one of several decoders, to change to with `use` until `forget`.
   *
   * @param {number} key names it.
   * @param {Uint8Array} packed a safetensors buffer: weights by name, and under `decoder` JSON with `layers`.
   */
  keep(key, packed) {
    const bytes = packed.slice();
    this.worker.postMessage({ type: "keep", key, bytes, latentDim: this.latentDim }, [bytes.buffer]);
  }

  /** What is sent from now on is decoded by the decoder of that key, which is part of the request answered. */
  use(key) {
    this.key = key;
    this.worker.postMessage({ type: "use", key });
  }

  forget(key) {
    this.worker.postMessage({ type: "forget", key });
  }

  /** Decodes `code` (as class `condition`, or null) ahead of everything else; a newer call replaces one that waits. */
  decodeNow(code, condition, timeStamp) {
    const request = { code: Float32Array.from(code), condition, timeStamp };
    const { sent } = this.live;
    if (!sent) this.sendLive(request);
    else this.live.waiting = this.isSame(sent, request) ? null : request;
  }

  /**
   * Decodes many codes when the pointer leaves room.
   *
   * @param {Float32Array} codes flat, (count, latentDim).
   * @param {?number[]} conditions the class of each, where the decoder takes one.
   * @param {(row: number, image: Float32Array) => void} onImage called per image with its row and pixels.
   * @param {boolean} first whether to go before the jobs that wait already.
   * @returns {{cancel: () => void}} cancel drops what has not been decoded yet.
   */
  decodeLater(codes, conditions, onImage, first = false) {
    const job = { codes, conditions, onImage, done: 0, total: codes.length / this.latentDim, cancelled: false };
    if (first) this.jobs.unshift(job);
    else this.jobs.push(job);
    this.pump();
    return { cancel: () => (job.cancelled = true) };
  }

  dispose() {
    if (this.hasFailed) this.worker.terminate();
    else this.pool.release(this.worker);
    this.jobs = [];
    this.onLive = this.onError = () => {};
  }

  sendLive(request) {
    this.live.sent = request;
    request.key = this.key;
    this.worker.postMessage({ type: "live", code: request.code, condition: request.condition });
  }

  isSame(sent, { code, condition }) {
    return sent.key === this.key && sent.condition === condition && sent.code.every((number, k) => number === code[k]);
  }

  pump() {
    if (this.chunk || this.live.sent) return;
    this.jobs = this.jobs.filter((job) => !job.cancelled && job.done < job.total);
    const job = this.jobs[0];
    if (!job) return;
    const count = Math.min(job.total - job.done, Math.max(1, Math.floor(CHUNK_MS / this.perImage)));
    const codes = job.codes.slice(job.done * this.latentDim, (job.done + count) * this.latentDim);
    const conditions = job.conditions?.slice(job.done, job.done + count);
    this.chunk = { job, start: job.done, count };
    job.done += count;
    this.worker.postMessage({ type: "chunk", codes, conditions, count });
  }

  receive(message) {
    if (message.type === "live") {
      const answered = this.live.sent;
      const next = this.live.waiting;
      this.live.sent = this.live.waiting = null;
      if (next) this.sendLive(next);
      this.onLive(message.image, answered);
    } else if (message.type === "chunk") {
      const { job, start, count } = this.chunk;
      this.chunk = null;
      this.perImage = 0.5 * this.perImage + 0.5 * Math.max(message.perImage, 0.01);
      this.pump();
      if (!job.cancelled) this.deliver(job, start, count, message.images);
    } else {
      if (message.during === "live") this.live.sent = this.live.waiting = null;
      if (message.during === "chunk") this.chunk = null;
      this.jobs = [];
      this.onError(message.text);
    }
    this.pump();
  }

  deliver(job, start, count, images) {
    const size = images.length / count;
    for (let k = 0; k < count; k++) job.onImage(start + k, images.subarray(k * size, (k + 1) * size));
  }
}
