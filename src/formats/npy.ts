import { ToolkitError } from "../core/error.ts";
import { foreignKind } from "./foreignKind.ts";

/** The element types that are read and written; 64-bit integers become float64. */
export type NpyData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;

/** An array of any number of dimensions. */
export interface NpyArray {
  /** Length of each dimension; empty for a single number. */
  readonly shape: readonly number[];
  /** The entries in C order (last dimension fastest), whatever the file's order. */
  readonly data: NpyData;
}

type Maker = new (length: number) => NpyData;

/** Each type's description, array and how one entry is read. */
const types: Readonly<
  Record<string, { bytes: number; make: Maker; read: (view: DataView, at: number, little: boolean) => number }>
> = {
  f4: { bytes: 4, make: Float32Array, read: (view, at, little) => view.getFloat32(at, little) },
  f8: { bytes: 8, make: Float64Array, read: (view, at, little) => view.getFloat64(at, little) },
  i1: { bytes: 1, make: Int8Array, read: (view, at) => view.getInt8(at) },
  i2: { bytes: 2, make: Int16Array, read: (view, at, little) => view.getInt16(at, little) },
  i4: { bytes: 4, make: Int32Array, read: (view, at, little) => view.getInt32(at, little) },
  i8: { bytes: 8, make: Float64Array, read: (view, at, little) => exact(view.getBigInt64(at, little)) },
  u1: { bytes: 1, make: Uint8Array, read: (view, at) => view.getUint8(at) },
  u2: { bytes: 2, make: Uint16Array, read: (view, at, little) => view.getUint16(at, little) },
  u4: { bytes: 4, make: Uint32Array, read: (view, at, little) => view.getUint32(at, little) },
  u8: { bytes: 8, make: Float64Array, read: (view, at, little) => exact(view.getBigUint64(at, little)) },
  b1: { bytes: 1, make: Uint8Array, read: (view, at) => (view.getUint8(at) === 0 ? 0 : 1) },
};

/** 64-bit integers beyond 2^53 have no float64 of their own; NaN marks them for the reader. */
function exact(value: bigint): number {
  const number = Number(value);
  return BigInt(number) === value ? number : Number.NaN;
}

/**
 * Reads a NumPy array file, versions 1.0 to 3.0: floats of 32 and 64 bits, integers of 8 to 64 bits, booleans (as 0 and
 * 1), either byte order, C or Fortran order. Format: NumPy Enhancement Proposal 1.
 *
 * @param bytes the whole file
 * @param name name for messages
 * @throws ToolkitError `bad-format` if it is no such file, `truncated` if it ends early, `unsupported` for other element
 * types, `bad-value` if a 64-bit integer is not exact as float64
 */
export function readNpy(bytes: Uint8Array, name: string): NpyArray {
  const { descr, fortranOrder, shape, dataStart } = readHeader(bytes, name);
  const type = types[descr.slice(1)];
  if (!type || !/^[<>|=]/.test(descr)) {
    throw new ToolkitError(
      "unsupported",
      `${name}: holds entries of type ${descr}; floats of 32 or 64 bits, integers and booleans can be read`,
    );
  }
  const count = shape.reduce((product, length) => product * length, 1);
  const needed = count * type.bytes;
  const held = bytes.length - dataStart;
  if (needed > held) {
    throw new ToolkitError(
      "truncated",
      `${name}: an array of shape (${shape.join(", ")}) and type ${descr} needs ${needed} bytes from byte ${dataStart} on, the file holds ${held}`,
    );
  }
  if (needed < held) {
    throw new ToolkitError(
      "bad-format",
      `${name}: ${held - needed} bytes follow the array of shape (${shape.join(", ")}) at byte ${dataStart + needed}; nothing may`,
    );
  }
  const data = new type.make(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset + dataStart, needed);
  const little = descr[0] !== ">";
  for (let i = 0; i < count; i++) data[i] = type.read(view, i * type.bytes, little);
  if (/8$/.test(descr) && descr[1] !== "f") {
    const bad = data.findIndex((value) => Number.isNaN(value));
    if (bad >= 0) {
      throw new ToolkitError("bad-value", `${name}: entry ${bad} is a 64-bit integer beyond 2^53; store it as a float`);
    }
  }
  return { shape, data: fortranOrder && shape.length > 1 ? toCOrder(data, shape, type.make) : data };
}

/**
 * Writes a NumPy array file, version 1.0, little-endian, C order.
 *
 * @param data the entries in C order; the element type is the array's
 * @param shape length of each dimension; default one dimension
 * @throws ToolkitError `bad-shape` if the shape does not hold the entries
 */
export function encodeNpy(data: NpyData, shape: readonly number[] = [data.length]): Uint8Array {
  const count = shape.reduce((product, length) => product * length, 1);
  if (count !== data.length || shape.some((length) => !Number.isInteger(length) || length < 0)) {
    throw new ToolkitError(
      "bad-shape",
      `encodeNpy: shape (${shape.join(", ")}) holds ${count} entries, there are ${data.length}`,
    );
  }
  const size = data.BYTES_PER_ELEMENT;
  const letter = data instanceof Float32Array || data instanceof Float64Array ? "f" : isSigned(data) ? "i" : "u";
  const descr = `${size === 1 ? "|" : "<"}${letter}${size}`;
  const header = npyHeader(descr, shape);
  const headerBytes = header.length;
  const bytes = new Uint8Array(headerBytes + data.length * size);
  bytes.set(header);
  const view = new DataView(bytes.buffer);
  const write = {
    f4: (at: number, value: number) => view.setFloat32(at, value, true),
    f8: (at: number, value: number) => view.setFloat64(at, value, true),
    i1: (at: number, value: number) => view.setInt8(at, value),
    i2: (at: number, value: number) => view.setInt16(at, value, true),
    i4: (at: number, value: number) => view.setInt32(at, value, true),
    u1: (at: number, value: number) => view.setUint8(at, value),
    u2: (at: number, value: number) => view.setUint16(at, value, true),
    u4: (at: number, value: number) => view.setUint32(at, value, true),
  }[`${letter}${size}` as "f4"];
  for (let i = 0; i < data.length; i++) write(headerBytes + i * size, data[i]!);
  return bytes;
}

/**
 * The header of a NumPy array file, version 1.0, C order: for files whose entries are written piece by piece.
 *
 * @param descr type of the entries as NumPy writes it, such as `<f8`
 * @param shape length of each dimension
 * @returns bytes, a multiple of 64; the entries follow
 * @throws ToolkitError `bad-shape` for more dimensions than fit
 */
export function npyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const dimensions = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${dimensions}), }`;
  // the header ends in a line feed and is filled up so that the entries start at a multiple of 64
  const headerBytes = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  if (headerBytes - 10 > 0xffff) {
    throw new ToolkitError("bad-shape", `npyHeader: a shape of ${shape.length} dimensions does not fit the header`);
  }
  const bytes = new Uint8Array(headerBytes);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0]);
  new DataView(bytes.buffer).setUint16(8, headerBytes - 10, true);
  bytes.set(new TextEncoder().encode(`${dictionary.padEnd(headerBytes - 11)}\n`), 10);
  return bytes;
}

function isSigned(data: NpyData): boolean {
  return data instanceof Int8Array || data instanceof Int16Array || data instanceof Int32Array;
}

function readHeader(bytes: Uint8Array, name: string) {
  const magic = String.fromCharCode(...bytes.subarray(0, 6));
  if (magic !== "\u0093NUMPY") {
    const kind = foreignKind(bytes);
    throw new ToolkitError(
      "bad-format",
      `${name}: is no NPY file: bytes 0 to 6 are ${JSON.stringify(magic)}${kind ? ` (${kind})` : ""}; it must start with 0x93 and NUMPY`,
    );
  }
  const major = bytes[6] ?? 0;
  const lengthBytes = major === 1 ? 2 : 4;
  if (bytes.length < 8 + lengthBytes) {
    throw new ToolkitError(
      "truncated",
      `${name}: has ${bytes.length} bytes; an NPY header has at least ${8 + lengthBytes}`,
    );
  }
  if (major < 1 || major > 3) {
    throw new ToolkitError(
      "unsupported",
      `${name}: is NPY version ${major}.${bytes[7]}; versions 1.0 to 3.0 can be read`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = 8 + lengthBytes;
  if (start + length > bytes.length) {
    throw new ToolkitError(
      "truncated",
      `${name}: its header should end at byte ${start + length}, the file has ${bytes.length}; it is cut short`,
    );
  }
  const text = new TextDecoder().decode(bytes.subarray(start, start + length));
  const descr = /'descr'\s*:\s*(['"])([^'"]*)\1/.exec(text)?.[2];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const dimensions = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || dimensions === undefined) {
    const structured = /'descr'\s*:\s*\[/.test(text);
    throw new ToolkitError(
      structured ? "unsupported" : "bad-format",
      `${name}: header at byte ${start} is ${JSON.stringify(text.trim().slice(0, 120))}; ${structured ? "records of several fields cannot be read" : "descr, fortran_order and shape are needed"}`,
    );
  }
  const shape = dimensions.split(",").flatMap((part) => (part.trim() === "" ? [] : [Number(part)]));
  return { descr, fortranOrder: order === "True", shape, dataStart: start + length };
}

function toCOrder(data: NpyData, shape: readonly number[], make: Maker): NpyData {
  const out = new make(data.length);
  const index = shape.map(() => 0);
  const strides: number[] = [];
  let stride = 1;
  for (const length of shape) {
    strides.push(stride);
    stride *= length;
  }
  let from = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = data[from]!;
    for (let d = shape.length - 1; d >= 0; d--) {
      index[d]!++;
      from += strides[d]!;
      if (index[d]! < shape[d]!) break;
      from -= strides[d]! * shape[d]!;
      index[d] = 0;
    }
  }
  return out;
}
