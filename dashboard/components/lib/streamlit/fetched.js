// Bytes from the server that never change at their address: the browser keeps them.

const RETRIES_MS = [500, 2000];

/**
 * @param {string} address relative to the page's.
 * @returns {Promise<Uint8Array>} fails with a sentence where nothing comes, also after further tries.
 */
export async function fetched(address) {
  for (const pause of [...RETRIES_MS, null]) {
    const answer = await fetch(new URL(address, document.baseURI)).catch(() => null);
    if (answer?.ok) {
      const bytes = await answer.arrayBuffer().catch(() => null);
      if (bytes) return new Uint8Array(bytes);
    }
    if (pause === null || answer?.status === 404) break;
    await new Promise((done) => setTimeout(done, pause));
  }
  throw new Error("what it shows did not come from the server.");
}
