// What was drawn as a PDF of one page, version 1.4: vectors, its own Helvetica, images with their transparency. Streams
// are deflated.

// Points of a PDF per CSS px.
const POINT = 0.75;
const DROPS = { middle: 0.35, bottom: -0.22, top: 0.78 };
const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";
// Of WinAnsi what lies beyond Latin-1, as far as it is written here: its byte.
const WIN_ANSI = { "−": 0x96, "–": 0x96, "—": 0x97, "…": 0x85, "“": 0x93, "”": 0x94, "’": 0x92, "€": 0x80, "•": 0x95 };
// Of the font Symbol.
const SYMBOL = { σ: 0x73, "≤": 0xa3, "≥": 0xb3, μ: 0x6d, β: 0x62 };

/**
 * @param {import("./recorder.js").Drawn[]} drawn
 * @param {{width: number, height: number, scale: number, title: string}} page as in svg.js.
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function pdfBytes(drawn, { width, height, scale, title }) {
  const page = new Page(height / scale);
  for (const one of drawn) page.draw(one);
  const unit = n(scale * POINT);
  const content = `${unit} 0 0 ${unit} 0 0 cm\n${page.lines.join("\n")}\n`;
  const objects = new Objects();
  const fonts = ["/Helvetica", "/Helvetica-Bold"].map((name) => objects.add(`<< /Type /Font /Subtype /Type1 /BaseFont ${name} /Encoding /WinAnsiEncoding >>`));
  fonts.push(objects.add("<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>"));
  const states = [...page.states].map(([alpha, name]) => `/${name} << /ca ${alpha} /CA ${alpha} >>`);
  const images = [];
  for (const [k, { canvas, isSmooth }] of page.images.entries()) images.push(`/I${k} ${await pictured(objects, canvas, isSmooth)} 0 R`);
  const stream = await objects.stream("", new TextEncoder().encode(content));
  const resources = `<< /Font << ${fonts.map((id, k) => `/F${k} ${id} 0 R`).join(" ")} >> /ExtGState << ${states.join(" ")} >> /XObject << ${images.join(" ")} >> >>`;
  const tree = objects.next + 1;
  const leaf = objects.add(`<< /Type /Page /Parent ${tree} 0 R /MediaBox [0 0 ${n(width * POINT)} ${n(height * POINT)}] /Resources ${resources} /Contents ${stream} 0 R >>`);
  objects.add(`<< /Type /Pages /Kids [${leaf} 0 R] /Count 1 >>`);
  const catalog = objects.add(`<< /Type /Catalog /Pages ${tree} 0 R >>`);
  const about = objects.add(`<< /Title ${utf16(title)} /Producer (aecore) >>`);
  return objects.file(catalog, about);
}

function n(value) {
  return String(Number(value.toFixed(3)));
}

/** A text string of the file's description: UTF-16 in hexadecimal. */
function utf16(text) {
  const units = Array.from({ length: text.length }, (_, k) => text.charCodeAt(k).toString(16).padStart(4, "0"));
  return `<feff${units.join("")}>`;
}

class Page {
  /** @param {number} height in the pen's units: a PDF counts upwards. */
  constructor(height) {
    this.height = height;
    this.lines = [];
    this.images = [];
    /** Names of opacities. */
    this.states = new Map();
    this.last = "";
    this.measure = document.createElement("canvas").getContext("2d");
  }

  draw(one) {
    if (one.kind === "path") this.path(one);
    else if (one.kind === "dot") this.dot(one);
    else if (one.kind === "text") this.text(one);
    else if (one.kind === "image") this.image(one);
    else if (one.kind === "clip") this.say(`q ${this.steps(one.steps)} W n`);
    else this.say("Q");
  }

  /** What changes the state forgets what the last dot was drawn with. */
  say(line) {
    this.last = "";
    this.lines.push(line);
  }

  point(x, y) {
    return `${n(x)} ${n(this.height - y)}`;
  }

  steps(list) {
    return list.map(([letter, ...numbers]) => {
      const points = [];
      for (let k = 0; k < numbers.length; k += 2) points.push(this.point(numbers[k], numbers[k + 1]));
      return `${points.join(" ")} ${{ M: "m", L: "l", C: "c", Z: "h" }[letter]}`.trim();
    }).join(" ");
  }

  colour({ colour }) {
    return colour.map((part) => n(part / 255)).join(" ");
  }

  opacity({ alpha }) {
    const text = n(alpha);
    if (!this.states.has(text)) this.states.set(text, `G${this.states.size}`);
    return `/${this.states.get(text)} gs`;
  }

  path({ steps, fill, stroke, width, dash, join }) {
    const line = stroke ? `${this.colour(stroke)} RG ${n(width)} w [${dash.map(n).join(" ")}] 0 d ${join === "round" ? 1 : 0} j 0 J` : "";
    this.say(`${this.opacity(fill ?? stroke)} ${fill ? `${this.colour(fill)} rg` : ""}${line} ${this.steps(steps)} ${fill ? "f" : "S"}`);
  }

  /** A line of no length with round ends. */
  dot({ x, y, radius, fill }) {
    const state = `${this.opacity(fill)} ${this.colour(fill)} RG ${n(2 * radius)} w [] 0 d 1 J`;
    if (state !== this.last) this.lines.push(state);
    this.last = state;
    this.lines.push(`${this.point(x, y)} m ${this.point(x, y)} l S`);
  }

  image({ canvas, x, y, width, height, isSmooth }) {
    this.images.push({ canvas, isSmooth });
    const name = `/I${this.images.length - 1}`;
    this.say(`q ${this.opacity({ alpha: 1 })} ${n(width)} 0 0 ${n(height)} ${this.point(x, y + height)} cm ${name} Do Q`);
  }

  text({ text, x, y, angle, size, isBold, align, baseline, fill, stroke, width }) {
    const runs = runsOf(text, size, isBold ? 1 : 0);
    if (!runs) {
      this.asPicture({ text, x, y, angle, size, isBold, align, baseline, fill });
      return;
    }
    const length = runs.reduce((sum, run) => sum + this.lengthOf(run, isBold), 0);
    const back = { center: 0.5, right: 1, end: 1 }[align] ?? 0;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const [dx, dy] = [-back * length, (DROPS[baseline] ?? 0) * size];
    const [px, py] = [x + dx * cos - dy * sin, y + dx * sin + dy * cos];
    const mode = stroke ? `${this.colour(stroke)} RG ${n(width)} w [] 0 d 1 j 1 Tr` : `${this.colour(fill)} rg 0 Tr`;
    const words = runs.map(({ bytes, font, size: own, rise }) => `/F${font} ${n(own)} Tf ${n(rise)} Ts <${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}> Tj`);
    this.say(`q ${this.opacity(fill ?? stroke)} BT ${mode} ${n(cos)} ${n(-sin)} ${n(sin)} ${n(cos)} ${this.point(px, py)} Tm ${words.join(" ")} ET Q`);
  }

  lengthOf({ text, size }, isBold) {
    this.measure.font = `${isBold ? "bold " : ""}${size}px Helvetica, Arial, sans-serif`;
    return this.measure.measureText(text).width;
  }

  /** Letters that its fonts lack, as the browser draws them. */
  asPicture({ text, x, y, angle, size, isBold, align, baseline, fill }) {
    if (!fill) return; // the halo of a text that is a picture
    const sharp = 4;
    const pen = this.measure;
    pen.font = `${isBold ? "bold " : ""}${size}px sans-serif`;
    const [length, line] = [pen.measureText(text).width, 1.4 * size];
    const canvas = document.createElement("canvas");
    const isTurned = Math.abs(angle) > 0.1;
    [canvas.width, canvas.height] = (isTurned ? [line, length] : [length, line]).map((side) => Math.max(1, Math.ceil(sharp * side)));
    const own = canvas.getContext("2d");
    own.scale(sharp, sharp);
    if (isTurned) own.transform(0, -1, 1, 0, 0, length);
    own.font = pen.font;
    own.textBaseline = "middle";
    own.fillStyle = `rgb(${fill.colour.join(" ")} / ${fill.alpha})`;
    own.fillText(text, 0, line / 2);
    const [width, height] = [canvas.width / sharp, canvas.height / sharp];
    const back = { center: 0.5, right: 1, end: 1 }[align] ?? 0;
    const drop = { middle: 0.5, bottom: 1, top: 0 }[baseline] ?? 0.75;
    const corner = isTurned ? [x - drop * width, y - (1 - back) * height] : [x - back * width, y - drop * height];
    this.image({ canvas, x: corner[0], y: corner[1], width, height, isSmooth: true });
  }
}

/** A text in parts of one font and size each, or null where a letter is in none of the fonts. */
export function runsOf(text, size, font) {
  const runs = [];
  for (const letter of text) {
    const below = SUBSCRIPTS.indexOf(letter);
    const code = letter.codePointAt(0);
    const isLatin = (code >= 0x20 && code < 0x7f) || (code >= 0xa0 && code <= 0xff);
    let run;
    if (below >= 0) run = { font, size: 0.7 * size, rise: -0.15 * size, byte: 0x30 + below, text: String(below) };
    else if (letter in SYMBOL) run = { font: 2, size, rise: 0, byte: SYMBOL[letter], text: letter };
    else if (letter in WIN_ANSI) run = { font, size, rise: 0, byte: WIN_ANSI[letter], text: letter };
    else if (isLatin) run = { font, size, rise: 0, byte: code, text: letter };
    else return null;
    const last = runs.at(-1);
    if (last && last.font === run.font && last.rise === run.rise) {
      last.bytes.push(run.byte);
      last.text += run.text;
    } else runs.push({ font: run.font, size: run.size, rise: run.rise, bytes: [run.byte], text: run.text });
  }
  return runs;
}

/** The number of an image's object; what it lets through is another. */
async function pictured(objects, canvas, isSmooth) {
  const { width, height } = canvas;
  const rgba = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const [colours, alphas] = [new Uint8Array(3 * width * height), new Uint8Array(width * height)];
  for (let p = 0; p < alphas.length; p++) {
    colours.set(rgba.subarray(4 * p, 4 * p + 3), 3 * p);
    alphas[p] = rgba[4 * p + 3];
  }
  const about = `/Type /XObject /Subtype /Image /Width ${width} /Height ${height} /BitsPerComponent 8 /Interpolate ${isSmooth}`;
  const isOpaque = alphas.every((alpha) => alpha === 255);
  const mask = isOpaque ? 0 : await objects.stream(`${about} /ColorSpace /DeviceGray`, alphas);
  return objects.stream(`${about} /ColorSpace /DeviceRGB${mask ? ` /SMask ${mask} 0 R` : ""}`, colours);
}

class Objects {
  constructor() {
    this.bodies = [];
  }

  /** The number that the next one gets. */
  get next() {
    return this.bodies.length + 1;
  }

  /** @param {string} body @param {?Uint8Array} bytes of its stream. */
  add(body, bytes = null) {
    this.bodies.push({ body, bytes });
    return this.bodies.length;
  }

  async stream(about, bytes) {
    const deflater = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
    const packed = new Uint8Array(await new Response(deflater).arrayBuffer());
    return this.add(`<< ${about} /Filter /FlateDecode /Length ${packed.length} >>`, packed);
  }

  /** The whole file. */
  async file(catalog, about) {
    const encoder = new TextEncoder();
    /** @type {BlobPart[]} */
    const parts = [];
    let length = 0;
    const say = (part) => {
      const bytes = typeof part === "string" ? encoder.encode(part) : part;
      parts.push(bytes);
      length += bytes.length;
    };
    say("%PDF-1.4\n");
    // Four bytes beyond ASCII tell that the file is binary.
    say(new Uint8Array([0x25, 0xe2, 0xe3, 0xcf, 0xd3, 0x0a]));
    const offsets = this.bodies.map(({ body, bytes }, k) => {
      const offset = length;
      say(`${k + 1} 0 obj\n${body}\n`);
      if (bytes) {
        say("stream\n");
        say(bytes);
        say("\nendstream\n");
      }
      say("endobj\n");
      return offset;
    });
    const table = length;
    const entries = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`);
    say(`xref\n0 ${offsets.length + 1}\n0000000000 65535 f \n${entries.join("")}`);
    say(`trailer\n<< /Size ${offsets.length + 1} /Root ${catalog} 0 R /Info ${about} 0 R >>\nstartxref\n${table}\n%%EOF\n`);
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  }
}
