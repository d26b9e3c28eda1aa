import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";

/** An array of a MAT file: numbers, first dimension fastest, or cells. */
export interface MatArray {
  shape: number[];
  data: Float64Array;
  cells: MatArray[];
}

const types: Record<number, { bytes: number; read: (view: DataView, at: number) => number }> = {
  1: { bytes: 1, read: (view, at) => view.getInt8(at) },
  2: { bytes: 1, read: (view, at) => view.getUint8(at) },
  3: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  4: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  5: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  6: { bytes: 4, read: (view, at) => view.getUint32(at, true) },
  7: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  9: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};

interface Element {
  type: number;
  bytes: Uint8Array;
  next: number;
}

/** Real arrays and cell arrays of a little-endian MATLAB 5 file by name: as much of the format as these tests need. */
export function readMat(path: string): Record<string, MatArray> {
  const file = new Uint8Array(readFileSync(path));
  const variables: Record<string, MatArray> = {};
  for (let at = 128; at < file.length; ) {
    const element = elementAt(file, at);
    at = element.next;
    const { bytes } = element.type === 15 ? elementAt(new Uint8Array(inflateSync(element.bytes)), 0) : element;
    const { name, array } = readArray(bytes);
    variables[name] = array;
  }
  return variables;
}

function elementAt(bytes: Uint8Array, at: number): Element {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = view.getUint32(at, true);
  // Four bytes of data or fewer share the tag.
  if (type > 0xffff) {
    return { type: type & 0xffff, bytes: bytes.subarray(at + 4, at + 4 + (type >>> 16)), next: at + 8 };
  }
  const size = view.getUint32(at + 4, true);
  // Compressed elements are not padded.
  const padded = type === 15 ? size : 8 * Math.ceil(size / 8);
  return { type, bytes: bytes.subarray(at + 8, at + 8 + size), next: at + 8 + padded };
}

function readArray(bytes: Uint8Array): { name: string; array: MatArray } {
  const flags = elementAt(bytes, 0);
  const dimensions = elementAt(bytes, flags.next);
  const label = elementAt(bytes, dimensions.next);
  const name = String.fromCharCode(...label.bytes);
  const shape = [...numbers(dimensions)];
  const array: MatArray = { shape, data: new Float64Array(0), cells: [] };
  const kind = flags.bytes[0]!;
  if (kind === 1) {
    for (let at = label.next; at < bytes.length; ) {
      const cell = elementAt(bytes, at);
      at = cell.next;
      array.cells.push(readArray(cell.bytes).array);
    }
  } else if (kind >= 6 && kind <= 13) {
    array.data = numbers(elementAt(bytes, label.next));
  } else {
    throw new Error(`${name}: arrays of class ${kind} are not read here`);
  }
  return { name, array };
}

function numbers({ type, bytes }: Element): Float64Array {
  const { bytes: size, read } = types[type]!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: bytes.length / size }, (_, i) => read(view, i * size));
}
