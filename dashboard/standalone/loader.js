
const unpacked = (id) => {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")));
};
const entries = new Map();
const imported = async (entry) => {
  const blob = new Blob([await unpacked(`script-${entry}`).text()], { type: "text/javascript" });
  return (await import(URL.createObjectURL(blob))).default;
};
for (const place of document.querySelectorAll("[data-entry]")) {
  const { entry, packed } = place.dataset;
  if (!entries.has(entry)) entries.set(entry, imported(entry));
  const mount = await entries.get(entry);
  const data = new Uint8Array(await unpacked(packed).arrayBuffer());
  mount({ parentElement: place, data, setStateValue: () => {} });
}
