// Networks that travel by themselves, once the cards are seen: each is fetched once, and then kept by the browser.

const RETRY_MS = 5000;

export class Networks {
  /** @param {(name: string, bytes: Uint8Array) => void} onNetwork called with each that came. */
  constructor(onNetwork) {
    this.onNetwork = onNetwork;
    this.abort = new AbortController();
    /** Of each address that was asked for its bytes, null while it travels, or when it failed, in ms. */
    this.known = new Map();
    this.wanted = {};
    this.isFetching = false;
  }

  /** @param {Object<string, string>} addresses by name, in the order in which they are wanted. */
  want(addresses) {
    this.wanted = addresses;
    this.fetchAll();
  }

  /** The bytes of those that are wanted and here, by name. */
  get here() {
    const found = new Map();
    for (const [name, address] of Object.entries(this.wanted)) {
      const bytes = this.known.get(address);
      if (bytes instanceof Uint8Array) found.set(name, bytes);
    }
    return found;
  }

  async fetchAll() {
    if (this.isFetching) return;
    this.isFetching = true;
    // After the cards have been painted: these are needed only once the slider moves.
    await painted();
    for (let next = this.next(); next && !this.abort.signal.aborted; next = this.next()) {
      const [name, address] = next;
      const bytes = await this.received(address).catch(() => null);
      if (this.abort.signal.aborted) return;
      this.known.set(address, bytes ?? performance.now());
      if (bytes) this.onNetwork(name, bytes);
    }
    this.isFetching = false;
  }

  next() {
    return Object.entries(this.wanted).find(([, address]) => {
      const known = this.known.get(address);
      return known === undefined || (typeof known === "number" && performance.now() - known > RETRY_MS);
    });
  }

  async received(address) {
    const answer = await fetch(new URL(address, document.baseURI), { signal: this.abort.signal });
    return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
  }

  dispose() {
    this.abort.abort();
  }
}

function painted() {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}
