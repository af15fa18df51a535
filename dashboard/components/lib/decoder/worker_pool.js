// Decoding workers that stand ready: one takes longer to start, with its kernel, than to decode the first image.

/** As many as planes of a group are seen at a time. */
const MOST = 3;
/** A worker that has not finished what nobody waits for any more by then is ended. */
const PATIENCE_MS = 1000;
const pools = new Map();

/** The pool of the workers that run `source`. */
export function poolOf(source) {
  if (!pools.has(source)) pools.set(source, new WorkerPool(source));
  return pools.get(source);
}

class WorkerPool {
  /** @param {string} source JavaScript of a worker that answers "rest" with "rested" and has then forgotten all. */
  constructor(source) {
    this.url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    /** @type {Worker[]} */
    this.idle = [];
  }

  /** Starts one before it is needed. */
  warm() {
    if (!this.idle.length) this.release(new Worker(this.url));
  }

  /** One that is ready, else a new one. */
  take() {
    return this.idle.pop() ?? new Worker(this.url);
  }

  /** Takes one back that nobody waits for any more: what it still answers is dropped. */
  release(worker) {
    const end = () => {
      clearTimeout(late);
      worker.terminate();
    };
    const late = setTimeout(end, PATIENCE_MS);
    worker.onerror = end;
    worker.onmessage = ({ data }) => {
      if (data.type !== "rested") return;
      clearTimeout(late);
      if (this.idle.length < MOST) this.idle.push(worker);
      else worker.terminate();
    };
    worker.postMessage({ type: "rest" });
  }
}
