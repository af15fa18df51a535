// What was drawn as an SVG file. Touches no page.

const ANCHORS = { center: "middle", right: "end", end: "end" };
const DROPS = { middle: 0.35, bottom: -0.22, top: 0.78 };

/**
 * @param {import("./recorder.js").Drawn[]} drawn
 * @param {{width: number, height: number, scale: number, title: string}} page width and height in CSS px, how many of
 *   them the pen's unit is, and what is shown.
 */
export function svgText(drawn, { width, height, scale, title }) {
  const parts = [];
  let clips = 0;
  for (const one of drawn) {
    if (one.kind === "path") parts.push(`<path d="${steps(one.steps)}"${paints(one)}/>`);
    else if (one.kind === "dot") parts.push(`<circle cx="${n(one.x)}" cy="${n(one.y)}" r="${n(one.radius)}"${paint("fill", one.fill)}/>`);
    else if (one.kind === "text") parts.push(text(one));
    else if (one.kind === "image") parts.push(image(one));
    else if (one.kind === "clip") parts.push(`<clipPath id="c${++clips}"><path d="${steps(one.steps)}"/></clipPath><g clip-path="url(#c${clips})">`);
    else parts.push("</g>");
  }
  const box = `0 0 ${n(width / scale)} ${n(height / scale)}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${n(width)}" height="${n(height)}" viewBox="${box}"><title>${escaped(title)}</title>${parts.join("\n")}</svg>\n`;
}

/** A number as short as a tenth of a percent of a pixel needs. */
function n(value) {
  return String(Number(value.toFixed(3)));
}

function steps(list) {
  return list.map(([letter, ...numbers]) => letter + numbers.map(n).join(" ")).join("");
}

function paint(name, what) {
  if (!what) return ` ${name}="none"`;
  const hex = what.colour.map((part) => part.toString(16).padStart(2, "0")).join("");
  return ` ${name}="#${hex}"${what.alpha < 1 ? ` ${name}-opacity="${n(what.alpha)}"` : ""}`;
}

function paints({ fill, stroke, width, dash, join }) {
  const line = stroke ? ` stroke-width="${n(width)}"${dash.length ? ` stroke-dasharray="${dash.map(n).join(" ")}"` : ""}${join === "round" ? ' stroke-linejoin="round"' : ""}` : "";
  return paint("fill", fill) + paint("stroke", stroke) + line;
}

function text({ text: words, x, y, angle, size, isBold, align, baseline, fill, stroke, width }) {
  const place = `x="${n(x)}" y="${n(y)}" dy="${n((DROPS[baseline] ?? 0) * size)}"${angle ? ` transform="rotate(${n((180 * angle) / Math.PI)} ${n(x)} ${n(y)})"` : ""}`;
  const anchor = ANCHORS[align] ? ` text-anchor="${ANCHORS[align]}"` : "";
  const line = stroke ? ` stroke-width="${n(width)}" stroke-linejoin="round"` : "";
  return `<text ${place} font-family="Helvetica, Arial, sans-serif" font-size="${n(size)}"${isBold ? ' font-weight="600"' : ""}${anchor}${paint("fill", fill)}${paint("stroke", stroke)}${line}>${escaped(words)}</text>`;
}

function image({ canvas, x, y, width, height, isSmooth }) {
  const sharp = isSmooth ? "" : ' style="image-rendering: pixelated"';
  return `<image x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" preserveAspectRatio="none"${sharp} href="${canvas.toDataURL("image/png")}"/>`;
}

function escaped(words) {
  // XML knows no other control characters, and none is a name's.
  const plain = Array.from(words).filter((letter) => letter >= " " && letter !== "\u007f").join("");
  return plain.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
