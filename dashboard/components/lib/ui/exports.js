// Copying and saving: text and images to the clipboard, PNG and JSON to files.

/** Copies text, also where the clipboard interface is withheld (a page served without TLS). */
export async function copyText(text) {
  if (navigator.clipboard?.writeText) {
    try {
      await navigator.clipboard.writeText(text);
      return;
    } catch {
      // Refused, for want of permission or focus: the older way below needs neither.
    }
  }
  const field = document.createElement("textarea");
  field.value = text;
  field.style.position = "fixed";
  field.style.opacity = "0";
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (!isCopied) throw new Error("This browser does not let the page use the clipboard.");
}

/** Copies the canvas as PNG, each pixel enlarged `scale` times without smoothing. */
export async function copyImage(canvas, scale) {
  if (!navigator.clipboard?.write || typeof ClipboardItem === "undefined") {
    throw new Error("This browser does not let the page copy images. Save the PNG instead.");
  }
  await navigator.clipboard.write([new ClipboardItem({ "image/png": pngOf(canvas, scale) })]);
}

/** Saves the canvas as PNG, each pixel enlarged `scale` times without smoothing. */
export async function savePng(canvas, scale, name) {
  saveBlob(await pngOf(canvas, scale), name);
}

/** Saves a value as JSON. */
export function saveJson(value, name) {
  saveBlob(new Blob([JSON.stringify(value, null, 2) + "\n"], { type: "application/json" }), name);
}

function pngOf(canvas, scale) {
  const enlarged = document.createElement("canvas");
  enlarged.width = canvas.width * scale;
  enlarged.height = canvas.height * scale;
  const pen = enlarged.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.drawImage(canvas, 0, 0, enlarged.width, enlarged.height);
  return new Promise((resolve) => enlarged.toBlob(resolve, "image/png"));
}

export function saveBlob(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Revoking at once would cut the download short in some browsers.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
