// The page's side of the denoising worker: one request under way, and of those that wait the newest.

export class Runner {
  /**
   * @param {string} workerSource JavaScript of the worker.
   * @param {(results: Object, request: Object) => void} onResults called with what the worker made, by name.
   * @param {(text: string) => void} onError called with what went wrong, worded.
   */
  constructor(workerSource, onResults, onError) {
    this.onResults = onResults;
    this.onError = onError;
    this.sent = null;
    this.waiting = null;
    this.kept = new Map();
    this.url = URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
    this.worker = new Worker(this.url);
    this.worker.onmessage = ({ data }) => this.receive(data);
    this.worker.onerror = (event) => onError(event.message || "The denoising worker stopped.");
  }

  has(name) {
    return this.kept.has(name);
  }

  /** Takes over the networks that there are, by name; returns whether any is new or another. */
  keep(networks) {
    let isNew = false;
    for (const name of [...this.kept.keys()]) {
      if (networks.has(name)) continue;
      this.kept.delete(name);
      this.worker.postMessage({ type: "forget", name });
    }
    for (const [name, bytes] of networks) {
      if (this.kept.get(name) === bytes) continue;
      this.kept.set(name, bytes);
      const copy = bytes.slice();
      this.worker.postMessage({ type: "keep", name, bytes: copy }, [copy.buffer]);
      isNew = true;
    }
    return isNew;
  }

  /** Asks for all images of one noisy image; a newer request replaces one that waits. */
  run(request) {
    if (this.sent) this.waiting = request;
    else this.send(request);
  }

  send(request) {
    this.sent = request;
    const { clean, noisy, shape, models, given, token } = request;
    this.worker.postMessage({ type: "run", clean, noisy, shape, models, given, token });
  }

  receive(message) {
    if (message.type === "error" && message.during !== "run") {
      this.onError(message.text);
      return;
    }
    const answered = this.sent;
    const next = this.waiting;
    this.sent = this.waiting = null;
    if (next) this.send(next);
    if (message.type === "error") this.onError(message.text);
    else this.onResults(message.results, answered);
  }

  dispose() {
    this.worker.terminate();
    URL.revokeObjectURL(this.url);
    this.onResults = this.onError = () => {};
  }
}
