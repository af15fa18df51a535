// Reads a safetensors buffer: tensors as typed arrays, and the metadata beside them.

/** @typedef {Float64Array | Float32Array | Int32Array | Int16Array | Int8Array | Uint8Array} TypedArray */
/** @typedef {{shape: number[], data: TypedArray}} Tensor */

const TYPED_ARRAYS = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  I32: Int32Array,
  I16: Int16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
};

/**
 * Parses a whole safetensors buffer.
 *
 * @param {Uint8Array} bytes the buffer; may start at any offset of its ArrayBuffer.
 * @returns {{tensors: Object<string, Tensor>, metadata: Object}}
 *   float16 arrives as Float32Array; the other arrays are views where alignment allows.
 */
export function parseSafetensors(bytes) {
  const { metadata, names, tensor } = openSafetensors(bytes);
  return { tensors: Object.fromEntries(names.map((name) => [name, tensor(name)])), metadata };
}

/**
 * Reads a buffer's header; each tensor is read when it is asked for.
 *
 * @param {Uint8Array} bytes as above.
 * @returns {{metadata: Object, names: string[], tensor: (name: string) => Tensor}}
 */
export function openSafetensors(bytes) {
  if (bytes.byteLength < 8) throw new Error("The buffer is too short to be safetensors.");
  const frame = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(frame.getBigUint64(0, true));
  if (8 + headerLength > bytes.byteLength) {
    throw new Error(`The safetensors header claims ${headerLength} bytes, more than the buffer has.`);
  }
  const text = new TextDecoder().decode(bytes.subarray(8, 8 + headerLength));
  const { __metadata__: metadata = {}, ...entries } = JSON.parse(text);
  const tensor = (name) => {
    const entry = entries[name];
    return { shape: entry.shape, data: readTensor(bytes, 8 + headerLength, name, entry) };
  };
  return { metadata, names: Object.keys(entries), tensor };
}

function readTensor(bytes, origin, name, { dtype, data_offsets: [start, end] }) {
  const TypedArray = TYPED_ARRAYS[dtype];
  if (!TypedArray) throw new Error(`Tensor "${name}" has the unsupported type ${dtype}.`);
  let raw = bytes.subarray(origin + start, origin + end);
  // A typed array must start at a multiple of its element size; the transport promises no alignment.
  if (raw.byteOffset % TypedArray.BYTES_PER_ELEMENT) raw = raw.slice();
  const data = new TypedArray(raw.buffer, raw.byteOffset, raw.byteLength / TypedArray.BYTES_PER_ELEMENT);
  return dtype === "F16" ? widenFloat16(data) : data;
}

const POWERS = Float64Array.from({ length: 32 }, (_, exponent) => 2 ** (exponent - 15));

/**
 * Converts IEEE 754 half precision to single precision.
 *
 * @param {Uint16Array} halves the bit patterns.
 * @returns {Float32Array} the same values.
 */
export function widenFloat16(halves) {
  const wide = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) {
    const bits = halves[i];
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) wide[i] = sign * fraction * 2 ** -24;
    else if (exponent === 31) wide[i] = fraction ? NaN : sign * Infinity;
    else wide[i] = sign * (1 + fraction / 1024) * POWERS[exponent];
  }
  return wide;
}
