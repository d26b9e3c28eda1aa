import { inflateSync } from "node:zlib";

/** Bytes and reader of the number types of MATLAB 5 files, by their code. */
const numbers: Record<number, [bytes: number, read: (view: DataView, at: number) => number]> = {
  1: [1, (view, at) => view.getInt8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at) => view.getInt16(at, true)],
  4: [2, (view, at) => view.getUint16(at, true)],
  5: [4, (view, at) => view.getInt32(at, true)],
  6: [4, (view, at) => view.getUint32(at, true)],
  7: [4, (view, at) => view.getFloat32(at, true)],
  9: [8, (view, at) => view.getFloat64(at, true)],
};

/** Reads the first numeric matrix of a little-endian MATLAB 5 file; entries are column after column. */
export function readFirstMatrix(file: Uint8Array): { rows: number; columns: number; data: Float64Array } {
  let element = readElement(file, 128);
  if (element.type === 15) element = readElement(inflateSync(element.bytes), 0);
  const parts: { type: number; bytes: Uint8Array }[] = [];
  for (let at = 0; at < element.bytes.length; ) {
    const part = readElement(element.bytes, at);
    parts.push(part);
    at = part.end;
  }
  const [, dimensions, , values] = parts;
  const [rows, columns] = toNumbers(dimensions!);
  return { rows: rows!, columns: columns!, data: toNumbers(values!) };
}

function readElement(bytes: Uint8Array, at: number) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const small = view.getUint16(at + 2, true);
  if (small > 0) return { type: view.getUint16(at, true), bytes: bytes.subarray(at + 4, at + 4 + small), end: at + 8 };
  const length = view.getUint32(at + 4, true);
  const end = at + 8 + Math.ceil(length / 8) * 8;
  return { type: view.getUint32(at, true), bytes: bytes.subarray(at + 8, at + 8 + length), end };
}

function toNumbers({ type, bytes }: { type: number; bytes: Uint8Array }): Float64Array {
  const [size, read] = numbers[type]!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: bytes.length / size }, (_, i) => read(view, i * size));
}
