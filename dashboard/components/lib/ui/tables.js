// Tables as files: CSV that a spreadsheet opens safely, and Parquet. Touches no page.

/**
 * @typedef {{name: string, kind: "int32"|"float"|"text", values: ArrayLike<any>}} Column
 */

// A spreadsheet takes a text that begins so for a formula, also behind what parts cells elsewhere; as in
// dashboard/figures/export.py.
const FORMULA = /(^|(?!^)[;\t\r\n][\s"]*)(?=[=+\-@\t\r＝＋－＠])/g;

/** @param {Column[]} columns of one length. @returns {string} with a byte order mark, lines ended as RFC 4180 has it. */
export function csvText(columns) {
  const cell = (value) => {
    if (typeof value !== "string") return Number.isNaN(value) ? "" : String(value);
    const harmless = value.replace(FORMULA, "$1'");
    return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
  };
  const lines = [columns.map(({ name }) => cell(name))];
  for (let k = 0; k < columns[0].values.length; k++) lines.push(columns.map(({ values }) => cell(values[k])));
  return `\ufeff${lines.map((line) => `${line.join(",")}\r\n`).join("")}`;
}

// ---- Parquet: one row group, one page per column, plain and uncompressed; its headers are Thrift, compact protocol.

const MAGIC = new TextEncoder().encode("PAR1");
const [INT32, FLOAT, BYTE_ARRAY] = [1, 4, 6];
const TYPES = { int32: INT32, float: FLOAT, text: BYTE_ARRAY };
const [PLAIN, RLE, UTF8, REQUIRED] = [0, 3, 0, 0];
const [T_I32, T_I64, T_BINARY, T_LIST, T_STRUCT] = [5, 6, 8, 9, 12];

/**
 * @param {Column[]} columns of one length.
 * @param {Object<string, string>} about kept in the file's metadata.
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function parquetBytes(columns, about = {}) {
  const file = new Bytes();
  const rows = columns[0].values.length;
  file.raw(MAGIC);
  const chunks = columns.map((column) => {
    const offset = file.length;
    const values = plain(column);
    const header = struct([[1, T_I32, 0], [2, T_I32, values.length], [3, T_I32, values.length],
      [5, T_STRUCT, [[1, T_I32, rows], [2, T_I32, PLAIN], [3, T_I32, RLE], [4, T_I32, RLE]]]]);
    file.raw(header);
    file.raw(values);
    const size = file.length - offset;
    const meta = [[1, T_I32, TYPES[column.kind]], [2, T_LIST, [T_I32, [PLAIN, RLE]]], [3, T_LIST, [T_BINARY, [column.name]]],
      [4, T_I32, 0], [5, T_I64, rows], [6, T_I64, size], [7, T_I64, size], [9, T_I64, offset]];
    return { size, chunk: [[2, T_I64, offset], [3, T_STRUCT, meta]] };
  });
  const schema = columns.map(({ name, kind }) => {
    const element = [[1, T_I32, TYPES[kind]], [3, T_I32, REQUIRED], [4, T_BINARY, name]];
    return kind === "text" ? [...element, [6, T_I32, UTF8]] : element;
  });
  const total = chunks.reduce((sum, { size }) => sum + size, 0);
  const group = [[1, T_LIST, [T_STRUCT, chunks.map(({ chunk }) => chunk)]], [2, T_I64, total], [3, T_I64, rows]];
  const pairs = Object.entries(about).map(([key, value]) => [[1, T_BINARY, key], [2, T_BINARY, value]]);
  const footer = struct([[1, T_I32, 1], [2, T_LIST, [T_STRUCT, [[[4, T_BINARY, "schema"], [5, T_I32, columns.length]], ...schema]]],
    [3, T_I64, rows], [4, T_LIST, [T_STRUCT, [group]]], ...(pairs.length ? [[5, T_LIST, [T_STRUCT, pairs]]] : []), [6, T_BINARY, "aecore"]]);
  file.raw(footer);
  file.int32(footer.length);
  file.raw(MAGIC);
  return file.whole();
}

function plain({ kind, values }) {
  if (kind === "int32") return new Uint8Array(Int32Array.from(values).buffer);
  if (kind === "float") return new Uint8Array(Float32Array.from(values).buffer);
  const bytes = new Bytes();
  for (const value of Array.from(values)) {
    const text = new TextEncoder().encode(value);
    bytes.int32(text.length);
    bytes.raw(text);
  }
  return bytes.whole();
}

/** @param {any[][]} fields [number, type, value] in rising order of numbers. */
function struct(fields) {
  const bytes = new Bytes();
  let before = 0;
  for (const [number, type, value] of fields) {
    bytes.raw([((number - before) << 4) | type]);
    before = number;
    bytes.value(type, value);
  }
  bytes.raw([0]);
  return bytes.whole();
}

class Bytes {
  constructor() {
    this.parts = [];
    this.length = 0;
  }

  raw(part) {
    this.parts.push(part);
    this.length += part.length;
  }

  int32(value) {
    this.raw(new Uint8Array(Int32Array.of(value).buffer));
  }

  varint(value) {
    const bytes = [];
    for (let rest = value; ; rest = Math.floor(rest / 128)) {
      if (rest < 128) {
        this.raw([...bytes, rest]);
        return;
      }
      bytes.push((rest % 128) + 128);
    }
  }

  value(type, value) {
    if (type === T_STRUCT) this.raw(struct(value));
    else if (type === T_LIST) this.list(...value);
    else if (type === T_BINARY) {
      const text = new TextEncoder().encode(value);
      this.varint(text.length);
      this.raw(text);
    } else this.varint(2 * value); // zigzag; none of these numbers is negative
  }

  list(type, values) {
    if (values.length < 15) this.raw([(values.length << 4) | type]);
    else {
      this.raw([0xf0 | type]);
      this.varint(values.length);
    }
    for (const value of values) this.value(type, value);
  }

  whole() {
    const bytes = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}
